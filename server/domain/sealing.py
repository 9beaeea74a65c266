"""The key ring and what it does: seal a field, index it blindly, open what a phone sealed, sign a checkpoint.

Four purposes, each with one current key; older ones stay to read what they sealed.

    field       AES-256-GCM over single values of the database, bound to the table and column they belong to
    blind       HMAC-SHA256: equal numbers have equal indexes, and an index tells nothing else
    inbox       HPKE (RFC 9180, base mode): DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM
    checkpoint  Ed25519 over a place in the audit chain

How a ring is written down and how it changes is in domain/keyring.py.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final, Literal
from uuid import UUID

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

Purpose = Literal["field", "blind", "inbox", "checkpoint"]
State = Literal["current", "old", "retired"]
PURPOSES: Final[tuple[Purpose, ...]] = ("field", "blind", "inbox", "checkpoint")
STATES: Final[tuple[State, ...]] = ("current", "old", "retired")

SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 12
MARK_BYTES: Final = 4
"""A key's id ends in its mark, eight hexadecimal digits; a sealed value begins with the mark of its key."""

FORMAT: Final = b"\x01"
_HEAD: Final = len(FORMAT) + MARK_BYTES
_OVERHEAD: Final = _HEAD + NONCE_BYTES + 16
_FIELD_CONTEXT: Final = b"routebook field 1|"
_BLIND_CONTEXT: Final = b"routebook blind 1|"
BLIND_CHARS: Final = 32
"""128 bits of the HMAC: no two of a million numbers meet, and the index stays small."""

SUITE: Final = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)


UNREADABLE: Final = "⟨无法读取 · cannot be read⟩"
"""What stands where a value does not open: on cards, in lists and in files, before who reads either language."""


class Unsealable(Exception):
    """A value that no key of the ring opens: another ring sealed it, or somebody altered or moved it."""


@dataclass(frozen=True, slots=True)
class Key:
    """One key. `secret` and `public` are raw: 32 bytes, and for inbox (65) and checkpoint (32) the public point."""

    id: str
    purpose: Purpose
    created_at: datetime
    state: State
    secret: bytes = field(repr=False)
    public: bytes = b""

    @property
    def mark(self) -> bytes:
        return bytes.fromhex(self.id.rpartition("-")[2])


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys of one installation. Immutable: a rotation makes another ring."""

    keys: tuple[Key, ...]
    _by_id: Mapping[str, Key] = field(init=False, repr=False, compare=False)
    _current: Mapping[Purpose, Key] = field(init=False, repr=False, compare=False)
    _ciphers: Mapping[bytes, AESGCM] = field(init=False, repr=False, compare=False)
    _head: bytes = field(init=False, repr=False, compare=False)
    _inbox: Mapping[str, ec.EllipticCurvePrivateKey] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        current = {key.purpose: key for key in self.keys if key.state == "current"}
        ciphers = {key.mark: AESGCM(key.secret) for key in self.keys if key.purpose == "field"}
        inbox = {key.id: private_point(key.secret) for key in self.keys if key.purpose == "inbox"}
        for name, value in (
            ("_by_id", MappingProxyType({key.id: key for key in self.keys})),
            ("_current", MappingProxyType(current)),
            ("_ciphers", MappingProxyType(ciphers)),
            ("_head", FORMAT + current["field"].mark),
            ("_inbox", MappingProxyType(inbox)),
        ):
            object.__setattr__(self, name, value)

    def current(self, purpose: Purpose) -> Key:
        """The key that new work of a purpose is done with."""
        return self._current[purpose]

    def find(self, key_id: str) -> Key | None:
        return self._by_id.get(key_id)

    def of(self, purpose: Purpose) -> tuple[Key, ...]:
        return tuple(key for key in self.keys if key.purpose == purpose)

    # --- fields -------------------------------------------------------------------------------------------------

    def seal(self, value: bytes, context: str) -> bytes:
        """One value under the current field key, bound to `context` ("table.column"). Nothing stays nothing: whether
        a field is empty is no secret, and most are."""
        if not value:
            return b""
        nonce = os.urandom(NONCE_BYTES)
        cipher = self._ciphers[self._head[len(FORMAT) :]]
        return self._head + nonce + cipher.encrypt(nonce, value, _FIELD_CONTEXT + context.encode())

    def unseal(self, sealed: bytes, context: str) -> bytes:
        """What `seal` sealed in the same context, under whichever key of the ring. Errors: Unsealable."""
        if not sealed:
            return b""
        cipher = self._ciphers.get(sealed[len(FORMAT) : _HEAD])
        if cipher is None or sealed[: len(FORMAT)] != FORMAT or len(sealed) < _OVERHEAD:
            raise Unsealable(f"{context}: no key of the ring fits")
        nonce, text = sealed[_HEAD : _HEAD + NONCE_BYTES], sealed[_HEAD + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, text, _FIELD_CONTEXT + context.encode())
        except InvalidTag:
            raise Unsealable(f"{context}: altered, or moved from another field") from None

    def seals_with(self, sealed: bytes) -> bool:
        """Whether a value needs no sealing anew: it is empty or under the current field key."""
        return not sealed or sealed[:_HEAD] == self._head

    def blind(self, value: str, context: str, key: Key | None = None) -> str:
        """The blind index of a value: the same for the same value and context, "" for none. `key`: not the current."""
        if not value:
            return ""
        text = _BLIND_CONTEXT + context.encode() + b"|" + value.encode()
        return hmac.new((key or self._current["blind"]).secret, text, hashlib.sha256).hexdigest()[
            :BLIND_CHARS
        ]

    def blinds(self, value: str, context: str) -> tuple[str, ...]:
        """Every index under which a value may lie: the current key's, and those of keys that are being replaced."""
        searched = (key for key in self.of("blind") if key.state != "retired")
        return tuple(self.blind(value, context, key) for key in searched)

    # --- what phones sealed -------------------------------------------------------------------------------------

    def open(self, key_id: str, sealed: bytes, info: bytes) -> bytes:
        """What a phone sealed to an inbox key: `enc ‖ ciphertext`, single shot. Errors: Unsealable for a key that
        is not (any more) there, and for whatever was altered, moved or sealed for something else."""
        private = self._inbox.get(key_id)
        if private is None:
            raise Unsealable("no such inbox key")
        try:
            return SUITE.decrypt(sealed, private, info=info)
        except (InvalidTag, ValueError):
            raise Unsealable("altered, or sealed for something else") from None

    # --- checkpoints --------------------------------------------------------------------------------------------

    def sign(self, message: bytes) -> tuple[str, bytes]:
        """Id of the checkpoint key and its signature."""
        key = self._current["checkpoint"]
        return key.id, Ed25519PrivateKey.from_private_bytes(key.secret).sign(message)

    def verify(self, key_id: str, message: bytes, signature: bytes) -> bool:
        """Whether a checkpoint key of this ring, of today or earlier, signed this."""
        key = self._by_id.get(key_id)
        if key is None or key.purpose != "checkpoint":
            return False
        try:
            Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def operation_info(operation_id: UUID, device_id: UUID, kind: str, schema: int) -> bytes:
    """What an operation's sealed body is bound to, so that it opens as itself and as nothing else."""
    return f"routebook operation 1|{operation_id}|{device_id}|{kind}|{schema}".encode()


def seal_for_inbox(public: bytes, plain: bytes, info: bytes) -> bytes:
    """What a phone does with an inbox key."""
    return SUITE.encrypt(
        plain, ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public), info=info
    )


def private_point(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """The P-256 key of a raw scalar. Errors: ValueError when it is none."""
    return ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1())


def public_of(purpose: Purpose, secret: bytes) -> bytes:
    """The raw public half: an uncompressed P-256 point, an Ed25519 key, or nothing."""
    if purpose == "inbox":
        point = private_point(secret).public_key()
        return point.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if purpose == "checkpoint":
        signer = Ed25519PrivateKey.from_private_bytes(secret).public_key()
        return signer.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return b""
