"""Web Push as browsers speak it: messages encrypted to one browser (RFC 8291, in the coding aes128gcm of RFC 8188), and
the server's own signature by which a push service knows it (VAPID, RFC 8292). Keys and addresses come from outside."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.domain.errors import DomainError

RECORD: Final = 4096
"""Bytes of a record. A message is one record: push services must take no more (RFC 8030 section 7.2)."""

MOST_PLAIN: Final = 512
"""Ours hold a kind and a count."""

SIGNED_FOR: Final = timedelta(hours=12)
"""RFC 8292 allows a day; half of it leaves room for clocks that differ."""

POINT, SECRET, SALT = 65, 16, 16


@dataclass(frozen=True, slots=True)
class Browser:
    """The keys that a browser gave with its subscription: its public key (an uncompressed point of P-256) and its
    authentication secret. Errors: DomainError `public_key`, `secret`."""

    public_key: bytes
    secret: bytes

    def __post_init__(self) -> None:
        if len(self.secret) != SECRET:
            raise DomainError("secret", "length", min=SECRET, max=SECRET)
        if len(self.public_key) != POINT:
            raise DomainError("public_key", "length", min=POINT, max=POINT)
        point_of(self.public_key)


def point_of(raw: bytes) -> ec.EllipticCurvePublicKey:
    """Errors: DomainError `public_key` for what is no point of the curve."""
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
    except ValueError:
        raise DomainError("public_key", "format") from None


def raw_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half, uncompressed: 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypted(plain: bytes, browser: Browser, *, once: ec.EllipticCurvePrivateKey, salt: bytes) -> bytes:
    """A message that only this browser reads. `once`: a key made for this one message; `salt`: 16 random bytes.
    Errors: DomainError `plain` for more than 512 bytes."""
    if len(plain) > MOST_PLAIN:
        raise DomainError("plain", "at_most", most=MOST_PLAIN)
    ours = raw_point(once)
    shared = once.exchange(ec.ECDH(), point_of(browser.public_key))
    info = b"WebPush: info\x00" + browser.public_key + ours
    keying = _hkdf(shared, salt=browser.secret, info=info, length=32)
    key = _hkdf(keying, salt=salt, info=b"Content-Encoding: aes128gcm\x00", length=16)
    nonce = _hkdf(keying, salt=salt, info=b"Content-Encoding: nonce\x00", length=12)
    # The last record of a message ends with 2 before its padding, of which there is none.
    sealed = AESGCM(key).encrypt(nonce, plain + b"\x02", None)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def _hkdf(secret: bytes, *, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


def vapid(endpoint: str, key: ec.EllipticCurvePrivateKey, *, contact: str, now: datetime) -> str:
    """The Authorization header for one push service. `contact`: a mailto: or https: address of whoever runs this."""
    parts = urlsplit(endpoint)
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + SIGNED_FOR).timestamp()),
        "sub": contact,
    }
    token = f"{_json64({'typ': 'JWT', 'alg': 'ES256'})}.{_json64(claims)}"
    r, s = decode_dss_signature(key.sign(token.encode(), ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"vapid t={token}.{base64url(signature)}, k={base64url(raw_point(key))}"


def _json64(value: object) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def from_base64url(field: str, text: str) -> bytes:
    """Errors: DomainError `format` for what is none."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise DomainError(field, "format") from None
