"""Reveals: the one way to a contact's number."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires
from server.domain.operation_bodies import ContactReveal
from server.domain.operation_bodies.reading import Fix
from server.extensions import clock
from server.schemas.reveals import RevealedSchema, RevealSchema
from server.services import reveals

blueprint = Blueprint("reveals", __name__, url_prefix="/api/v1", description="Openings of a number")


@blueprint.post("/reveals")
@requires("reveals.make")
@blueprint.arguments(RevealSchema)
@blueprint.response(200, RevealedSchema)
def reveal(values: dict[str, Any]) -> object:
    """Write down why a number is opened, then hand it out."""
    fix = values.pop("fix")
    body = ContactReveal(**values, fix=Fix(**fix) if fix else None)
    who = me()
    return reveals.open_number(body, reveals.Asking(who.person_id, who.device_id, who.roles), now=clock.now())
