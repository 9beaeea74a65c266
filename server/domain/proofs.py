"""A device's proof that a request is its own: `Routebook-Proof: v1 <unix ms> <nonce> <base64 r‖s>`.

The signature (ECDSA P-256, SHA-256, as WebCrypto makes it: r and s, 32 bytes each) is over
`METHOD\\npath?query\\nsha256hex(body)\\nms\\nnonce`, the body as it was sent. A stolen cookie is worth nothing without
the key, and the key cannot leave the phone; the nonce makes a captured request good for once only.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

# Phones' clocks are off by minutes where no network sets them; more than that, and the phone is told the right time.
WINDOW: Final = timedelta(minutes=10)
POINT_BYTES: Final = 65
_COORDINATE_BYTES: Final = 32
_PROOF: Final = re.compile(r"v1 (\d{1,15}) ([A-Za-z0-9_-]{16,64}) ([A-Za-z0-9+/]{86}==)")


class ProofRefused(Exception):
    """`code` is one of proof_wrong, clock_off."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Proof:
    """What the header says, not yet believed. `at` by the device's own reckoning of server time."""

    at: datetime
    millis: int
    nonce: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """The request that a proof is about. `target`: path and query as they were sent."""

    method: str
    target: str
    body: bytes

    def message(self, proof: Proof) -> bytes:
        digest = hashlib.sha256(self.body).hexdigest()
        return f"{self.method}\n{self.target}\n{digest}\n{proof.millis}\n{proof.nonce}".encode()


def read_proof(header: str) -> Proof:
    """Take the header apart. Errors: ProofRefused `proof_wrong` when it has another shape."""
    match = _PROOF.fullmatch(header)
    if match is None:
        raise ProofRefused("proof_wrong")
    try:
        at = datetime.fromtimestamp(int(match[1]) / 1000, UTC)
        signature = base64.b64decode(match[3], validate=True)
    except (OverflowError, ValueError, OSError, binascii.Error):
        raise ProofRefused("proof_wrong") from None
    return Proof(at, int(match[1]), match[2], signature)


def is_point(public_key: bytes) -> bool:
    """Whether these bytes are an uncompressed point of P-256."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        return False
    return len(public_key) == POINT_BYTES


def check_proof(proof: Proof, signed: Signed, public_key: bytes, now: datetime) -> None:
    """Errors: ProofRefused `clock_off` outside the window, `proof_wrong` when the signature is not this key's."""
    if abs(proof.at - now) > WINDOW:
        raise ProofRefused("clock_off")
    r = int.from_bytes(proof.signature[:_COORDINATE_BYTES], "big")
    s = int.from_bytes(proof.signature[_COORDINATE_BYTES:], "big")
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    try:
        key.verify(utils.encode_dss_signature(r, s), signed.message(proof), ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise ProofRefused("proof_wrong") from None
