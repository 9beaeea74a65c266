"""People on the desk: who works here and in which roles."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires
from server.api.routes import today
from server.extensions import clock, db
from server.schemas.people import (
    FreezeSchema,
    FrozenSchema,
    GrantSchema,
    NewPersonSchema,
    PeopleQuerySchema,
    PersonSchema,
    TerritoriesSchema,
)
from server.services import people, rights

blueprint = Blueprint("people", __name__, url_prefix="/api/v1", description="People")


@blueprint.get("/people")
@requires("people.read")
@blueprint.arguments(PeopleQuerySchema, location="query")
@blueprint.response(200, PersonSchema(many=True))
def list_people(query: dict[str, Any]) -> object:
    """People in order of name, with the roles they hold today."""
    return people.find_person_views(db.session(), role=query["role"], day=today())


@blueprint.post("/people")
@requires("people.write", step_up=True)
@blueprint.arguments(NewPersonSchema)
@blueprint.response(201, PersonSchema)
def add_person(values: dict[str, Any]) -> object:
    """Add a person with roles from today on."""
    person_id = people.add_person(**values, day=today(), now=clock.now(), by=me().person_id).id
    return people.get_person_view(db.session(), person_id, day=today())


@blueprint.post("/people/<int:person_id>/freeze")
@requires("people.freeze", step_up=True)
@blueprint.arguments(FreezeSchema)
@blueprint.response(200, FrozenSchema)
def freeze(values: dict[str, Any], person_id: int) -> object:
    """Stop all access of a person, at once."""
    since = people.freeze(person_id=person_id, reason=values["reason"], by=me().person_id, now=clock.now())
    return {"person_id": person_id, "since": since}


@blueprint.delete("/people/<int:person_id>/freeze")
@requires("people.freeze", step_up=True)
@blueprint.response(204)
def unfreeze(person_id: int) -> None:
    """Give a person's access back; somebody else than who froze it."""
    people.unfreeze(person_id=person_id, by=me().person_id, now=clock.now())


@blueprint.post("/people/<int:person_id>/roles")
@requires("people.write", step_up=True)
@blueprint.arguments(GrantSchema)
@blueprint.response(200, PersonSchema)
def grant_role(values: dict[str, Any], person_id: int) -> object:
    """Give somebody else a role from today on."""
    rights.grant_role(
        person_id=person_id, role=values["role"], day=today(), by=me().person_id, now=clock.now()
    )
    return people.get_person_view(db.session(), person_id, day=today())


@blueprint.delete("/people/<int:person_id>/roles/<role>")
@requires("people.write", step_up=True)
@blueprint.response(200, PersonSchema)
def withdraw_role(person_id: int, role: str) -> object:
    """Take a role from somebody else, at once."""
    rights.withdraw_role(person_id=person_id, role=role, day=today(), by=me().person_id, now=clock.now())
    return people.get_person_view(db.session(), person_id, day=today())


@blueprint.put("/people/<int:person_id>/territories")
@requires("people.write", step_up=True)
@blueprint.arguments(TerritoriesSchema)
@blueprint.response(200, PersonSchema)
def set_territories(values: dict[str, Any], person_id: int) -> object:
    """Narrow what somebody else sees to some territories; none: all."""
    rights.set_territories(
        person_id=person_id,
        territory_ids=values["territory_ids"],
        day=today(),
        by=me().person_id,
        now=clock.now(),
    )
    return people.get_person_view(db.session(), person_id, day=today())
