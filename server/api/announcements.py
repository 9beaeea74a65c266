"""Announcements: sent and looked after at the desk, read by those whom they concern."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, signed_in, within
from server.extensions import clock, db
from server.schemas.announcements import (
    MadeAnnouncementSchema,
    NewAnnouncementSchema,
    OwnAnnouncementSchema,
    ReaderSchema,
    ReadSchema,
    SentAnnouncementSchema,
)
from server.services import announcement_views, announcements
from server.services.announcements import NewAnnouncement

blueprint = Blueprint("announcements", __name__, url_prefix="/api/v1", description="Announcements")


@blueprint.get("/announcements")
@requires("announcements.read")
@blueprint.response(200, SentAnnouncementSchema(many=True))
def list_sent() -> object:
    """What was announced, with how many have read it; the newest first, 100 at most."""
    return announcement_views.find_sent(db.session(), within(), me().person_id)


@blueprint.post("/announcements")
@requires("announcements.write")
@blueprint.arguments(NewAnnouncementSchema)
@blueprint.response(201, MadeAnnouncementSchema)
def send(values: dict[str, Any]) -> object:
    """Tell everybody whom it concerns."""
    values |= {name: tuple(dict.fromkeys(values[name])) for name in ("roles", "territory_ids")}
    made = announcements.send(
        new=NewAnnouncement(**values),
        within=within(),
        day=me().found.day,
        by=me().person_id,
        now=clock.now(),
    )
    return {"id": made}


@blueprint.get("/announcements/mine")
@signed_in
@blueprint.response(200, OwnAnnouncementSchema(many=True))
def list_own() -> object:
    """What oneself is told now, the newest first, 20 at most."""
    return announcement_views.find_own(db.session(), me().person_id, clock.now())


@blueprint.get("/announcements/<int:announcement_id>/readers")
@requires("announcements.read")
@blueprint.response(200, ReaderSchema(many=True))
def list_readers(announcement_id: int) -> object:
    """To whom it went and who has read it: who has not, first."""
    session = db.session()
    announcements.get_announcement(session, announcement_id, within(), me().person_id)
    return announcement_views.find_readers(session, announcement_id)


@blueprint.post("/announcements/<int:announcement_id>/withdraw")
@requires("announcements.write")
@blueprint.response(204)
def withdraw(announcement_id: int) -> None:
    """Show it to nobody any more."""
    announcements.withdraw(
        announcement_id=announcement_id, within=within(), by=me().person_id, now=clock.now()
    )


@blueprint.post("/announcements/<int:announcement_id>/read")
@signed_in
@blueprint.arguments(ReadSchema)
@blueprint.response(204)
def read(values: dict[str, Any], announcement_id: int) -> None:
    """Say that oneself has read it, and understood it where that is asked for."""
    announcements.read(
        announcement_id=announcement_id, person_id=me().person_id, confirm=values["confirm"], now=clock.now()
    )
