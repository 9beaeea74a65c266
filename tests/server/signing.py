"""A phone with a key of its own, for tests: signs every request as the app does, and an authenticator for passkeys."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from server.extensions import clock
from tests.server.fake_phone import Answer, FakePhone
from tests.server.field import Who

PROOF = "Routebook-Proof"


def raw_point(key: ec.EllipticCurvePrivateKey) -> bytes:
    numbers = key.public_key().public_numbers()
    return b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")


def prove(
    key: ec.EllipticCurvePrivateKey, method: str, target: str, body: bytes, millis: int, nonce: str
) -> str:
    """The header as docs/wire.md describes it, written here anew."""
    message = f"{method}\n{target}\n{hashlib.sha256(body).hexdigest()}\n{millis}\n{nonce}".encode()
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    signature = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    return f"v1 {millis} {nonce} {base64.b64encode(signature).decode()}"


@dataclass
class SigningWire:
    """Signs what goes over another wire. `sent` are the requests as they went, for those who capture them."""

    inner: Any
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    signs: bool = True
    clock_error: timedelta = timedelta(0)
    sent: list[tuple[str, str, bytes, dict[str, str]]] = field(default_factory=list)

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        words = dict(headers)
        if self.signs:
            millis = round((clock.now() + self.clock_error).timestamp() * 1000)
            words[PROOF] = prove(self.key, method, path, body, millis, secrets.token_urlsafe(16))
        self.sent.append((method, path, body, words))
        answer: Answer = self.inner.send(method, path, body, words)
        return answer

    def replay(self, index: int = -1) -> Answer:
        """The same bytes once more."""
        answer: Answer = self.inner.send(*self.sent[index])
        return answer

    def take_cookies(self, other: Any) -> None:
        self.inner.take_cookies(other.inner if isinstance(other, SigningWire) else other)


@dataclass
class KeyPhone(FakePhone):
    """A phone whose device has a key. `wire` is a SigningWire."""

    unlock: str = "pin"

    @property
    def signer(self) -> SigningWire:
        assert isinstance(self.wire, SigningWire)
        return self.wire

    def register(self, *, known: Mapping[str, object] | None = None, **changes: Any) -> Answer:
        answer = self.request(
            "POST",
            "/devices",
            {
                "device_id": self.device_id,
                "label": "Test phone",
                "telemetry": {"persisted": True, "standalone": True, "user_agent": "KeyPhone/1"},
                "known": known,
                "public_key": base64.b64encode(raw_point(self.signer.key)).decode(),
                "unlock": self.unlock,
                **changes,
            },
        )
        if answer.status == 200:
            self.seq = max(self.seq, answer.json["next_seq"] - 1)
        return answer

    def drop(self, envelope: Mapping[str, Any] | None = None) -> Answer:
        """Hand the queue in at the drop-box."""
        return self.request("POST", "/dropbox", envelope or self.envelope())

    def sign_in(self, who: Who, *, known: Mapping[str, object] | None = None) -> Answer:
        answer = super().sign_in(who, known=known)
        assert answer.status == 200, answer.data
        return answer


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


@dataclass
class Authenticator:
    """A software authenticator (WebAuthn level 2, no attestation) with one credential for one person."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    credential_id: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: bytes = b""
    count: int = 0
    verified: bool = True

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _authenticator_data(self, extra: bytes = b"") -> bytes:
        self.count += 1
        flags = 0x01 | (0x04 if self.verified else 0) | (0x40 if extra else 0)
        digest = hashlib.sha256(self.rp_id.encode()).digest()
        return digest + bytes([flags]) + self.count.to_bytes(4, "big") + extra

    def make(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer navigator.credentials.create()."""
        self.handle = base64.urlsafe_b64decode(options["user"]["id"] + "==")
        point = raw_point(self.key)
        cose = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})
        attested = bytes(16) + len(self.credential_id).to_bytes(2, "big") + self.credential_id + cose
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._authenticator_data(attested)}
        return {
            "id": base64url(self.credential_id),
            "rawId": base64url(self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(self._client_data("webauthn.create", options["challenge"])),
                "attestationObject": base64url(cbor2.dumps(attestation)),
                "transports": ["internal"],
            },
        }

    def answer(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer navigator.credentials.get()."""
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._authenticator_data()
        signature = self.key.sign(data + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
        return {
            "id": base64url(self.credential_id),
            "rawId": base64url(self.credential_id),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": {
                "clientDataJSON": base64url(client_data),
                "authenticatorData": base64url(data),
                "signature": base64url(signature),
                "userHandle": base64url(self.handle),
            },
        }
