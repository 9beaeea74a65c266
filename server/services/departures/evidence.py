"""The evidence pack of a case is asked for as any other file that leaves the house: with a reason, signed by others."""

from datetime import datetime
from uuid import UUID

from server.errors import NotFound
from server.extensions import db
from server.models import Departure
from server.services import audit, exports
from server.services.scopes import Within, check_person_within


def ask_evidence(
    *, departure_id: int, reason: str, within: Within, person_id: int, device_id: UUID | None, now: datetime
) -> UUID:
    """Ask for the pack as the book stands now: the log up to its newest entry. Errors: NotFound, also for a case about
    the asker; as exports.ask."""
    session = db.session()
    row = session.get(Departure, departure_id)
    subject = f"departure:{departure_id}"
    if row is None or row.person_id == person_id:
        raise NotFound(subject=subject)
    check_person_within(session, within, row.person_id, subject)
    wish = exports.Wish(reason, {"departure_id": row.id, "upto": audit.last_seq(session)}, (), "zip")
    return exports.ask(wish=wish, person_id=person_id, device_id=device_id, now=now)
