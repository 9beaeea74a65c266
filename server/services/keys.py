"""The keys at work: which ring this program runs with, what phones seal with, and who signs a checkpoint.

Nothing else reaches into the ring but the sealed columns (models/sealed.py), which do it by themselves.
"""

from __future__ import annotations

import base64
import logging
from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from flask import current_app
from sqlalchemy import ColumnElement, Engine, String, inspect, select, type_coerce
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.config import Settings
from server.domain.keyring import inbox_is_due, rotated
from server.domain.operations import Unacceptable
from server.domain.sealing import Key, KeyRing, Purpose, Unsealable, operation_info
from server.keyring import FILE, Keeper, RingUnusable
from server.models import RingKey
from server.services.transaction import deed

log = logging.getLogger("routebook.keys")

_PROOF: Final = "routebook ring"
_PROOF_CONTEXT: Final = "ring_key.proof"


class InboxKey(TypedDict):
    """What a phone seals with: the key's id, and its raw P-256 point in base64."""

    id: str
    public: str


def open_keeper(settings: Settings, engine: Engine, now: datetime) -> Keeper:
    """The ring this program runs with; a new one where there is neither a ring nor anything sealed.

    Errors: RingUnusable when the ring is lost, broken, or not the one that the database was sealed with.
    """
    if settings.keyring_json:
        keeper = Keeper.of_text(settings.keyring_json)
    else:
        path = settings.keyring or settings.data / FILE
        if path.exists():
            keeper = Keeper.of_file(path)
        elif _sealed_with(engine):
            raise RingUnusable(
                f"the database is sealed, and its key ring is not at {path}; restore the ring from its backup."
            )
        else:
            keeper = Keeper.new_file(path, now)
    _check(keeper.ring, engine)
    return keeper


def _sealed_with(engine: Engine) -> list[tuple[str, str, bytes]]:
    """The keys that the database knows it was sealed with; none before the first migration."""
    if not inspect(engine).has_table(RingKey.__tablename__):
        return []
    with engine.connect() as connection:
        rows = connection.execute(select(RingKey.id, RingKey.purpose, RingKey.proof).limit(1_000)).all()
    return [(row.id, row.purpose, row.proof) for row in rows]


def is_sealed(engine: Engine) -> bool | None:
    """Whether a database is sealed; None for one without tables."""
    tables = inspect(engine).get_table_names()
    return RingKey.__tablename__ in tables if tables else None


def _check(ring: KeyRing, engine: Engine) -> None:
    """Errors: RingUnusable. A database that is away is no reason: the program waits for it like for anything else."""
    try:
        known = _sealed_with(engine)
    except OperationalError:
        return
    for key_id, purpose, proof in known:
        if not _fits(ring, key_id, purpose, proof):
            raise RingUnusable(
                f"the key ring does not hold the key {key_id} that the database was sealed with; "
                "restore the ring that belongs to this database."
            )


def _fits(ring: KeyRing, key_id: str, purpose: str, proof: bytes) -> bool:
    key = ring.find(key_id)
    if key is None:
        return False
    if purpose == "blind":
        return ring.blind(_PROOF, _PROOF_CONTEXT, key).encode() == proof
    try:
        return ring.unseal(proof, _PROOF_CONTEXT) == _PROOF.encode()
    except Unsealable:
        return False


def proofs(ring: KeyRing) -> tuple[tuple[Key, bytes], ...]:
    """The keys that a database is sealed with from now on, each with words that only it could have made so."""
    return (
        (ring.current("field"), ring.seal(_PROOF.encode(), _PROOF_CONTEXT)),
        (ring.current("blind"), ring.blind(_PROOF, _PROOF_CONTEXT).encode()),
    )


@deed
def note_ring(session: Session, *, now: datetime) -> None:
    """Write down in the database which keys it is sealed with from now on."""
    for key, proof in proofs(ring()):
        if session.get(RingKey, key.id) is None:
            session.add(RingKey(id=key.id, purpose=key.purpose, since=now, proof=proof))
    session.flush()


def keeper() -> Keeper:
    """The keeper of the application that is at work."""
    found: Keeper = current_app.extensions["keyring"]
    return found


def ring() -> KeyRing:
    """The ring as it is at this moment."""
    return keeper().ring


def make_key(purpose: Purpose, now: datetime) -> Key:
    """Make a new current key. Errors: RingUnusable where the ring came by the environment."""
    return keeper().change(lambda known: rotated(known, purpose, now)).current(purpose)


def has_number(column: InstrumentedAttribute[str], e164: str) -> ColumnElement[bool]:
    """Whether a blind index is that of a number: while the key is replaced, under the new key or the one before."""
    kept = keeper()
    kept.refresh()
    return type_coerce(column, String).in_(kept.ring.blinds(e164, "phone"))


# --- phones --------------------------------------------------------------------------------------------------------


def inbox_key(now: datetime) -> InboxKey:
    """The key that phones seal with from now on. After 30 days it is another one; those before still open."""
    kept = keeper()
    kept.refresh()
    if inbox_is_due(kept.ring, now) and kept.path is not None:
        kept.change(lambda known: rotated(known, "inbox", now) if inbox_is_due(known, now) else known)
        log.info("phones seal with a new key", extra={"key": kept.ring.current("inbox").id})
    key = kept.ring.current("inbox")
    return {"id": key.id, "public": base64.b64encode(key.public).decode()}


def open_operation(
    key_id: str, sealed: bytes, *, operation_id: UUID, device_id: UUID, kind: str, schema: int
) -> bytes:
    """The packed body of an operation that a phone sealed. Errors: Unacceptable `not_opened`."""
    info = operation_info(operation_id, device_id, kind, schema)
    kept = keeper()
    if kept.ring.find(key_id) is None:
        kept.refresh()
    try:
        return kept.ring.open(key_id, sealed, info)
    except Unsealable:
        raise Unacceptable("not_opened", "body", "seal") from None


# --- checkpoints ---------------------------------------------------------------------------------------------------


def sign_checkpoint(message: bytes) -> tuple[str, bytes]:
    """Id of the checkpoint key and its Ed25519 signature."""
    return ring().sign(message)


def verify_checkpoint(key_id: str, message: bytes, signature: bytes) -> bool:
    """Whether a checkpoint key of this ring, of today or earlier, signed this."""
    return ring().verify(key_id, message, signature)
