"""Erasing personal content from the audit: the chain keeps a digest that nothing leads back from."""

from datetime import datetime

from sqlalchemy.orm import Session

from server.errors import NotFound
from server.models import AuditContent
from server.services import audit
from server.services.transaction import deed


@deed
def erase(session: Session, *, seq: int, reason: str, by: int | None, now: datetime) -> None:
    """Erase the content of an entry for good, its salt too. Errors: NotFound where there is none, or none any more."""
    row = session.get(AuditContent, seq, with_for_update=True)
    if row is None or row.sealed is None:
        raise NotFound
    row.sealed, row.erased_at, row.erased_by = None, now, by
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="audit.erase",
        subject=f"audit:{seq}",
        detail={"reason": reason},
    )
