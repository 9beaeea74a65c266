"""Request proofs of devices: checked, and each taken once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.domain.proofs import WINDOW, ProofRefused, Signed, check_proof, read_proof
from server.errors import NotSignedIn
from server.models import Base
from server.services.prepared import Prepared
from server.services.transaction import deed


class ProofMissing(NotSignedIn):
    """The device has a key, and the request bears no signature of it: a cookie alone is worth nothing (G11)."""

    code = "proof_needed"


def take_proof(
    *, header: str | None, signed: Signed, device_id: UUID, public_key: bytes, now: datetime
) -> None:
    """Check the proof of a request and use it up.

    Errors: ProofMissing; NotSignedIn `proof_wrong`, `proof_used`, `clock_off` (with the server's time).
    """
    if not header:
        raise ProofMissing
    try:
        proof = read_proof(header)
        check_proof(proof, signed, public_key, now)
    except ProofRefused as refused:
        raise NotSignedIn(refused.code, members={"server_time": now.isoformat()}) from None
    use_up(device_id=device_id, nonce=proof.nonce, at=proof.at, now=now)


@deed
def use_up(session: Session, *, device_id: UUID, nonce: str, at: datetime, now: datetime) -> None:
    """Note that a nonce was used. Those whose time would be refused anyway are forgotten, so the table stays small.

    Errors: NotSignedIn `proof_used` when it was used before.
    """
    connection = session.connection()
    _FORGET.write(connection, {"device": device_id, "before": now - WINDOW - WINDOW})
    try:
        _USE.write(connection, {"device_id": device_id, "nonce": nonce, "at": at})
    except IntegrityError:
        raise NotSignedIn("proof_used") from None


_USED = Base.metadata.tables["used_proof"]
_FORGET = Prepared(
    delete(_USED).where(_USED.c.device_id == bindparam("device"), _USED.c.at < bindparam("before"))
)
_USE = Prepared(insert(_USED), columns=["device_id", "nonce", "at"])
