"""Absences on the desk: who does not come, the planner's advice, and who stands in."""

from datetime import timedelta
from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires, within
from server.extensions import clock, db
from server.schemas.absences import (
    AbsenceIdSchema,
    AbsenceQuerySchema,
    AbsenceSchema,
    AdviceQuerySchema,
    AdviceSchema,
    CoverSchema,
    NewAbsenceSchema,
)
from server.services import absences, scopes, substitutions
from server.services.absences import Portion
from server.services.company import get_company

blueprint = Blueprint("absences", __name__, url_prefix="/api/v1", description="Absences")
LISTED = timedelta(days=92)


@blueprint.get("/absences")
@requires("absences.read")
@blueprint.arguments(AbsenceQuerySchema, location="query")
@blueprint.response(200, AbsenceSchema(many=True))
def list_absences(query: dict[str, Any]) -> object:
    """Absences that touch some days, today and the three months after it unless others are named."""
    first = query["first"] or me().found.day
    last = query["last"] or first + LISTED
    return absences.find_absences(db.session(), first, last, within=within())


@blueprint.get("/absences/advice")
@requires("absences.read")
@blueprint.arguments(AdviceQuerySchema, location="query")
@blueprint.response(200, AdviceSchema)
def advise(query: dict[str, Any]) -> object:
    """Who could stand in for somebody on some days, and what it would cost them; nothing is stored."""
    check_person(query["person_id"])
    session = db.session()
    return substitutions.advise(
        session,
        get_company(session),
        person_id=query["person_id"],
        first=query["first_day"],
        last=query["last_day"],
    )


@blueprint.post("/absences")
@requires("absences.write")
@blueprint.arguments(NewAbsenceSchema)
@blueprint.response(201, AbsenceIdSchema)
def add_absence(values: dict[str, Any]) -> object:
    """Write down an absence, and at once who stands in."""
    check_person(values["person_id"])
    made = absences.add_absence(
        person_id=values["person_id"],
        first_day=values["first_day"],
        last_day=values["last_day"],
        reason=values["reason"],
        stand_in=values["stand_in"],
        portions=portions_of(values),
        now=clock.now(),
        by=me().person_id,
    )
    return {"id": made}


@blueprint.put("/absences/<int:absence_id>/substitution")
@requires("absences.write")
@blueprint.arguments(CoverSchema)
@blueprint.response(204)
def substitute(values: dict[str, Any], absence_id: int) -> None:
    """Say who stands in, instead of whoever did."""
    absence_person(absence_id)
    absences.substitute(
        absence_id=absence_id,
        stand_in=values["stand_in"],
        portions=portions_of(values),
        now=clock.now(),
        by=me().person_id,
    )


@blueprint.delete("/absences/<int:absence_id>/substitution")
@requires("absences.write")
@blueprint.response(204)
def end_substitution(absence_id: int) -> None:
    """Nobody stands in any more, from now on."""
    absence_person(absence_id)
    absences.end_substitution(absence_id=absence_id, now=clock.now(), by=me().person_id)


@blueprint.delete("/absences/<int:absence_id>")
@requires("absences.write")
@blueprint.response(204)
def withdraw(absence_id: int) -> None:
    """The person comes after all; nobody stands in from now on."""
    absence_person(absence_id)
    absences.withdraw(absence_id=absence_id, now=clock.now(), by=me().person_id)


def absence_person(absence_id: int) -> int:
    """Whose absence it is. Errors: NotFound, also for somebody of other territories."""
    session = db.session()
    person_id = absences.get_absence(session, absence_id).person_id
    scopes.check_person_within(session, within(), person_id, f"absence:{absence_id}")
    return person_id


def check_person(person_id: int) -> None:
    """Errors: NotFound for somebody of other territories."""
    scopes.check_person_within(db.session(), within(), person_id, f"person:{person_id}")


def portions_of(values: dict[str, Any]) -> list[Portion]:
    return [
        Portion(one["person_id"], one["route_id"], tuple(one["outlet_ids"])) for one in values["portions"]
    ]
