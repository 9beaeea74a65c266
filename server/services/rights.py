"""Rights: which roles and territories a person has from which day on. Rows are closed, never changed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from server.models import Person, PersonRole, PersonTerritory, Territory
from server.services import audit
from server.services.people import check_roles, roles_on
from server.services.transaction import deed


@deed
def grant_role(session: Session, *, person_id: int, role: str, day: date, by: int, now: datetime) -> None:
    """Give a person a role from a day on. Errors: NotFound; NotAllowed `second_person`; Invalid; Conflict."""
    person = _get_person(session, person_id, by)
    open_roles = {row.role for row in person.roles if row.valid_to is None or row.valid_to >= day}
    if role in open_roles:
        raise Conflict("role_held")
    check_roles({*open_roles, role})
    session.add(PersonRole(person_id=person_id, role=role, valid_from=day))
    _note(session, "person.grant_role", person_id, by, now, {"role": role, "from": day.isoformat()})


@deed
def withdraw_role(session: Session, *, person_id: int, role: str, day: date, by: int, now: datetime) -> None:
    """Take a role away: from `day` on the person has it no more. Errors: NotFound; NotAllowed `second_person`,
    `last_administrator`."""
    person = _get_person(session, person_id, by)
    rows = [row for row in person.roles if row.role == role and (row.valid_to is None or row.valid_to >= day)]
    if not rows:
        raise NotFound(subject=f"person:{person_id}")
    for row in rows:
        close_role(session, row, day)
    _note(session, "person.withdraw_role", person_id, by, now, {"role": role, "from": day.isoformat()})


def close_role(session: Session, row: PersonRole, day: date) -> None:
    """End one right so that it no longer holds on `day`, within a deed. Errors: NotAllowed `last_administrator`."""
    if row.role == "administrator" and not _other_administrators(session, row.person_id, day):
        raise NotAllowed("last_administrator")
    row.valid_to = day - timedelta(days=1)


def _other_administrators(session: Session, person_id: int, day: date) -> bool:
    people = session.scalars(
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == "administrator", Person.status == "active", Person.id != person_id)
        .limit(50)
    )
    return any("administrator" in roles_on(one, day) for one in people)


@deed
def set_territories(
    session: Session, *, person_id: int, territory_ids: Collection[int], day: date, by: int, now: datetime
) -> None:
    """Narrow a person to these territories from a day on; none: all. Errors: NotFound; NotAllowed; Invalid."""
    _get_person(session, person_id, by)
    wanted = set(territory_ids)
    known = set(session.scalars(select(Territory.id).where(Territory.id.in_(wanted))))
    if known != wanted:
        raise Invalid(errors=[FieldError("territory_ids", "not_found")])
    rows = session.scalars(
        select(PersonTerritory).where(
            PersonTerritory.person_id == person_id,
            PersonTerritory.valid_to.is_(None),
        )
    ).all()
    for row in rows:
        if row.territory_id not in wanted:
            row.valid_to = day - timedelta(days=1)
    held = {row.territory_id for row in rows}
    session.add_all(
        PersonTerritory(person_id=person_id, territory_id=one, valid_from=day)
        for one in sorted(wanted - held)
    )
    _note(session, "person.set_territories", person_id, by, now, {"territories": sorted(wanted)})


def _get_person(session: Session, person_id: int, by: int) -> Person:
    """Errors: NotFound; NotAllowed `second_person`: nobody changes their own rights."""
    person = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound("no_person", subject=f"person:{person_id}")
    if person_id == by:
        raise NotAllowed("second_person")
    return person


def _note(
    session: Session, what: str, person_id: int, by: int, now: datetime, detail: dict[str, object]
) -> None:
    session.flush()
    audit.record(session, at=now, person_id=by, deed=what, subject=f"person:{person_id}", detail=detail)
