"""The audit chain as figures: how an entry is hashed, how a run of entries is checked, what a checkpoint signs.

An entry's digest is SHA-256 over its canonical JSON, the digest before it included, so that nothing can be altered,
taken out, put in or moved without every digest after it changing. Who can re-write those too is found by the signed
checkpoints, which lie outside the database and on the phones.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

GENESIS: Final = "0" * 64

UUID_CHARS: Final = 36

CLOCK_TOLERANCE: Final = timedelta(minutes=2)
"""Entries of processes side by side may be this far apart; more means that the server's clock went back (J6)."""

_quoted = json.encoder.encode_basestring
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def canonical(value: object) -> str:
    """JSON with one spelling: sorted keys, no spaces, characters as they are."""
    return _encode(value)


def digest_of(
    seq: int, previous: str, at: str, person_id: int | None, deed: str, subject: str, detail: str
) -> str:
    """The digest of an entry. `at` in ISO 8601 with +00:00, `detail` as canonical JSON."""
    # The canonical JSON of the list of all seven, put together by hand: a check does this for every entry.
    person = "null" if person_id is None else person_id
    text = f"[{seq},{_quoted(previous)},{_quoted(at)},{person},{_quoted(deed)},{_quoted(subject)},{detail}]"
    return hashlib.sha256(text.encode()).hexdigest()


def instant_text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def content_digest(salt: bytes, content: Mapping[str, object]) -> str:
    """What stays in the chain of personal content. The salt goes with the content when it is erased, so that nobody
    can find out afterwards by trying."""
    return hashlib.sha256(salt + canonical(content).encode()).hexdigest()


class About(NamedTuple):
    """What an entry can be searched by, beside person, deed and time."""

    outlet_id: int | None
    device: str | None


def about(subject: str, detail: Mapping[str, object]) -> About:
    """The outlet and the device that an entry speaks of: named in its detail, else its subject."""
    outlet, device = detail.get("outlet"), detail.get("device")
    noun, _, key = subject.partition(":")
    if outlet is None and noun == "outlet" and key.isascii() and key.isdigit() and len(key) < 10:
        outlet = int(key)
    if device is None and noun == "device":
        device = key
    return About(
        outlet if type(outlet) is int and 0 < outlet < 2**31 else None,
        device if type(device) is str and len(device) == UUID_CHARS else None,
    )


def sqlite_instant_text(at: str) -> str:
    """As SQLite keeps it: without zone, always with six digits."""
    fraction = "" if at[19:] == ".000000" else at[19:]
    return f"{at[:10]}T{at[11:19]}{fraction}+00:00"


def check_content(sealed: Mapping[str, object], detail: Mapping[str, object]) -> bool:
    """Whether personal content is what the chain's digest was made of. `sealed`: `salt` (hex) and `content`."""
    salt, content = sealed.get("salt"), sealed.get("content")
    if not isinstance(salt, str) or not isinstance(content, dict):
        return False
    return detail.get("content") == content_digest(bytes.fromhex(salt), content)


def is_behind(previous: datetime | None, at: datetime) -> bool:
    """Whether an entry would be clearly earlier than the one before it."""
    return previous is not None and at < previous - CLOCK_TOLERANCE


# --- checking ------------------------------------------------------------------------------------------------


class Row(NamedTuple):
    """An entry as the database holds it. `at`: ISO text; `detail`: JSON text."""

    seq: int
    previous: str
    digest: str
    at: str
    person_id: int | None
    deed: str
    subject: str
    detail: str
    outlet_id: int | None
    device: str | None


class Link(NamedTuple):
    """The end of a run: the number and digest of its newest entry."""

    seq: int
    digest: str


START: Final = Link(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Fault:
    """The first entry that is not as it was written. `after`: the last that is proven, where there is a range.

    `what`: altered, missing, moved (its place in the chain), put_in, cut_off (the chain ends before it), rewritten
    (a checkpoint says otherwise), head (the chain's own end says otherwise), content (not what was written).
    """

    seq: int
    what: str
    after: int | None = None


def check_run(rows: Iterable[Row], start: Link = START) -> tuple[Link, Fault | None]:
    """Recompute every link of a run that follows `start`, in order of number. Returns where it ended, and the first
    fault."""
    last, before = start, ""
    for row in rows:
        if row.seq == last.seq + 1 and row.previous == last.digest and _is_sound(row):
            before, last = last.digest, Link(row.seq, row.digest)
        else:
            return last, _fault(row, last, before)
    return last, None


def _fault(row: Row, last: Link, before: str) -> Fault:
    """What is wrong with an entry that does not follow `last`; `before` is the digest that came before that one."""
    if row.seq > last.seq + 1:
        return Fault(last.seq + 1, "missing")
    if row.seq <= last.seq or row.previous == before:
        return Fault(min(row.seq, last.seq), "put_in")
    if row.previous == last.digest:
        return Fault(row.seq, "altered")
    # An entry that is sound in itself, but does not follow its neighbour: then the neighbour was exchanged.
    return Fault(last.seq, "altered") if _is_sound(row) and last.seq > 0 else Fault(row.seq, "moved")


def _is_sound(row: Row) -> bool:
    """Whether an entry's digest is that of its content, and what it is searched by is what it says."""
    seq, previous, digest, at, person_id, deed, subject, detail, outlet_id, device = row
    if digest_of(seq, previous, at, person_id, deed, subject, detail) != digest:
        # Written before details were kept in canonical form, or by a database that spells JSON in its own way.
        words = _object(detail)
        if (
            words is None
            or digest_of(seq, previous, at, person_id, deed, subject, canonical(words)) != digest
        ):
            return False
        return about(subject, words) == (outlet_id, device)
    if subject.startswith(("outlet:", "device:")) or '"outlet"' in detail or '"device"' in detail:
        return about(subject, json.loads(detail)) == (outlet_id, device)
    return outlet_id is None and device is None


def _object(text: str) -> dict[str, object] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


# --- checkpoints -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain's end at an instant, signed. Whoever holds one can tell whether the chain up to it is the same."""

    seq: int
    digest: str
    at: str
    key_id: str
    signature: str

    def line(self) -> str:
        """As it stands in the file."""
        return f"{canonical(self.words())}\n"

    def words(self) -> dict[str, object]:
        """As it goes over the wire."""
        return {
            "seq": self.seq,
            "digest": self.digest,
            "at": self.at,
            "key_id": self.key_id,
            "signature": self.signature,
        }


def checkpoint_text(seq: int, digest: str, at: str, key_id: str) -> bytes:
    """What a checkpoint's signature is over."""
    return f"routebook checkpoint 1|{seq}|{digest}|{at}|{key_id}".encode()


def read_checkpoint(value: object) -> Checkpoint | None:
    """A checkpoint from JSON, a line or read already; None for what is none, such as the half line of a power cut."""
    words = _object(value) if isinstance(value, str) else value
    if not isinstance(words, dict) or words.keys() != _CHECKPOINT_TYPES.keys():
        return None
    if any(type(words[name]) is not wanted for name, wanted in _CHECKPOINT_TYPES.items()):
        return None
    known = Checkpoint(**words)
    return (
        known
        if 0 < known.seq < 2**63 and max(map(len, (known.digest, known.at, known.key_id))) < 100
        else None
    )


_CHECKPOINT_TYPES: Final = {"seq": int, "digest": str, "at": str, "key_id": str, "signature": str}
