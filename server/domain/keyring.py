"""A key ring as text, how a new one is made, and how it changes: never a key lost, one current a purpose."""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, TypeVar

from cryptography.hazmat.primitives.asymmetric import ec

from server.domain.sealing import (
    MARK_BYTES,
    PURPOSES,
    SECRET_BYTES,
    STATES,
    Key,
    KeyRing,
    Purpose,
    public_of,
)

INBOX_ROTATES_AFTER: Final = timedelta(days=30)
"""A phone that is found tells at most what it sealed in a month."""

INBOX_OPENS_FOR: Final = timedelta(days=400)
"""A phone may lie in a drawer for a year and still deliver."""

T = TypeVar("T")
R = TypeVar("R")

_FORM: Final = 1
_ID: Final = re.compile(rf"(?:{'|'.join(PURPOSES)})-[0-9a-f]{{{2 * MARK_BYTES}}}")


class WrongRing(Exception):
    """The text is no key ring, or not one that this program can work with. The words never hold a key."""


def new_key(purpose: Purpose, now: datetime) -> Key:
    """A current key out of the system's randomness."""
    if purpose == "inbox":
        secret = (
            ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(SECRET_BYTES)
        )
    else:
        secret = os.urandom(SECRET_BYTES)
    key_id = f"{purpose}-{os.urandom(MARK_BYTES).hex()}"
    return Key(key_id, purpose, now, "current", secret, public_of(purpose, secret))


def new_ring(now: datetime) -> KeyRing:
    """One key for each purpose."""
    return KeyRing(tuple(new_key(purpose, now) for purpose in PURPOSES))


def rotated(ring: KeyRing, purpose: Purpose, now: datetime) -> KeyRing:
    """The ring with a new current key; the one before stays to read what it sealed."""
    fresh = new_key(purpose, now)
    while any(key.mark == fresh.mark for key in ring.keys):
        fresh = new_key(purpose, now)
    older = (replace(key, state="old") if key == ring.current(purpose) else key for key in ring.keys)
    return KeyRing((*older, fresh))


def retired(ring: KeyRing, purpose: Purpose) -> KeyRing:
    """The ring with the old keys of a purpose retired: nothing in the house needs them any more, a backup may."""
    return KeyRing(
        tuple(
            replace(key, state="retired") if key.purpose == purpose and key.state == "old" else key
            for key in ring.keys
        )
    )


def inbox_is_due(ring: KeyRing, now: datetime) -> bool:
    """Whether phones should be given another key to seal with."""
    return now - ring.current("inbox").created_at >= INBOX_ROTATES_AFTER


def outlived(ring: KeyRing, now: datetime) -> tuple[Key, ...]:
    """Inbox keys with which nothing is opened any more."""
    return tuple(
        key
        for key in ring.of("inbox")
        if key.state != "current" and now - key.created_at >= INBOX_ROTATES_AFTER + INBOX_OPENS_FOR
    )


def without(ring: KeyRing, key_id: str) -> KeyRing:
    """The ring without a key that nothing needs any more. A current one stays."""
    return KeyRing(tuple(key for key in ring.keys if key.id != key_id or key.state == "current"))


def write_ring(ring: KeyRing) -> str:
    """The ring as JSON, for its file."""
    keys = [
        {
            "id": key.id,
            "purpose": key.purpose,
            "created_at": key.created_at.isoformat(),
            "state": key.state,
            "secret": base64.b64encode(key.secret).decode(),
        }
        for key in ring.keys
    ]
    return json.dumps({"form": _FORM, "keys": keys}, indent=1) + "\n"


def read_ring(text: str) -> KeyRing:
    """The ring out of its JSON. Errors: WrongRing with one sentence."""
    try:
        value = json.loads(text)
    except ValueError:
        raise WrongRing("it is not JSON") from None
    if not isinstance(value, dict) or value.get("form") != _FORM or not isinstance(value.get("keys"), list):
        raise WrongRing("it has another form")
    keys = tuple(_read_key(entry) for entry in value["keys"])
    for purpose in PURPOSES:
        current = [key for key in keys if key.purpose == purpose and key.state == "current"]
        if len(current) != 1:
            raise WrongRing(f"it has {len(current)} current keys for {purpose}, and one is needed")
    if len({key.mark for key in keys}) < len(keys):
        raise WrongRing("two of its keys have the same mark")
    return KeyRing(keys)


def _read_key(entry: object) -> Key:
    if not isinstance(entry, dict):
        raise WrongRing("a key is no object")
    key_id, purpose, state = (_text(entry, name) for name in ("id", "purpose", "state"))
    if not _ID.fullmatch(key_id) or purpose not in PURPOSES or state not in STATES:
        raise WrongRing("a key has no proper id, purpose or state")
    if not key_id.startswith(f"{purpose}-"):
        raise WrongRing(f"the id of {key_id} does not fit its purpose")
    created_at = _read(key_id, datetime.fromisoformat, _text(entry, "created_at"))
    secret = _read(key_id, _base64, _text(entry, "secret"))
    if created_at.tzinfo is None or len(secret) != SECRET_BYTES:
        raise WrongRing(f"the key {key_id} is incomplete")
    public = _read(key_id, lambda raw: public_of(purpose, raw), secret)
    return Key(key_id, purpose, created_at, state, secret, public)


def _text(entry: Mapping[object, object], name: str) -> str:
    value = entry.get(name)
    return value if isinstance(value, str) else ""


def _base64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _read(key_id: str, reader: Callable[[T], R], value: T) -> R:
    try:
        return reader(value)
    except (ValueError, binascii.Error):
        raise WrongRing(f"the key {key_id} cannot be read") from None
