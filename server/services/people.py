"""People: who they are, what roles they hold on a day, and the stop of all their access."""

import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.departures import is_leaving
from server.domain.names import is_user_name
from server.domain.permission import ROLES, roles_conflict
from server.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from server.models import Device, Freeze, Passkey, Person, PersonRole, PersonTerritory, Recovery, SignIn
from server.services import audit, push
from server.services.passwords import hash_password
from server.services.transaction import deed

# Who is one of these may sign in; everybody else's access has stopped.
MAY_SIGN_IN: Final = frozenset({"active", "leaving"})


def folded_login(login: str) -> str:
    """A login as it is stored and compared: NFKC, casefolded, trimmed."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def roles_on(person: Person, day: date) -> frozenset[str]:
    """The roles a person holds on a day."""
    return frozenset(
        row.role
        for row in person.roles
        if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)
    )


def check_roles(roles: Collection[str]) -> None:
    """Errors: Invalid for a role that there is not, or two that one person must not hold (the four duties)."""
    unknown = [FieldError("roles", "unknown_role", {"role": role}) for role in roles if role not in ROLES]
    if unknown:
        raise Invalid(errors=unknown)
    clash = roles_conflict(roles)
    if clash:
        raise Invalid(errors=[FieldError("roles", "duties", {"one": clash[0], "other": clash[1]})])


def find_person(session: Session, person_id: int) -> Person | None:
    return session.get(Person, person_id)


def find_by_login(session: Session, login: str) -> Person | None:
    return session.scalar(select(Person).where(Person.login == folded_login(login)))


def get_person(session: Session, person_id: int) -> Person:
    person = find_person(session, person_id)
    if person is None:
        raise NotFound("no_person")
    return person


def refuse_leaving(session: Session, person_id: int) -> None:
    """Who serves notice takes nothing out and signs for nobody. Errors: NotAllowed `leaving`."""
    if is_leaving(get_person(session, person_id).status):
        raise NotAllowed("leaving")


def find_people(session: Session, *, role: str | None = None, limit: int = 500) -> list[Person]:
    """People in order of name; at most 500."""
    query = select(Person).order_by(Person.name, Person.id).limit(min(limit, 500))
    if role is not None:
        query = query.where(Person.id.in_(select(PersonRole.person_id).where(PersonRole.role == role)))
    return list(session.execute(query).scalars())


@dataclass(frozen=True)
class PersonView:
    """A person as a list shows them, with the roles held on a day."""

    id: int
    login: str
    name: str
    name_en: str
    locale: str
    status: str
    roles: list[str]
    territories: list[int]


def _view(person: Person, day: date, territories: list[int]) -> PersonView:
    return PersonView(
        id=person.id,
        login=person.login,
        name=person.name,
        name_en=person.name_en,
        locale=person.locale,
        status=person.status,
        roles=sorted(roles_on(person, day)),
        territories=territories,
    )


def find_territories(session: Session, person_ids: Collection[int], day: date) -> dict[int, list[int]]:
    """The territories of people on a day, by person; who works for all is not in it."""
    found: dict[int, list[int]] = {}
    rows = session.scalars(
        select(PersonTerritory)
        .where(PersonTerritory.person_id.in_(person_ids), PersonTerritory.valid_from <= day)
        .order_by(PersonTerritory.territory_id)
    )
    for row in rows:
        if row.valid_to is None or row.valid_to >= day:
            found.setdefault(row.person_id, []).append(row.territory_id)
    return found


def get_person_view(session: Session, person_id: int, *, day: date) -> PersonView:
    person = get_person(session, person_id)
    return _view(person, day, find_territories(session, [person_id], day).get(person_id, []))


def find_person_views(session: Session, *, role: str | None, day: date) -> list[PersonView]:
    """People in order of name, with their roles on a day; with `role` only those who hold it then."""
    people = find_people(session, role=role)
    territories = find_territories(session, [person.id for person in people], day)
    views = [_view(person, day, territories.get(person.id, [])) for person in people]
    return [view for view in views if role is None or role in view.roles]


@deed
def add_person(
    session: Session,
    *,
    login: str,
    name: str,
    name_en: str,
    password: str,
    roles: list[str],
    locale: str,
    day: date,
    now: datetime,
    by: int | None,
) -> Person:
    """Add a person with roles from a day on."""
    errors = []
    if not folded_login(login):
        errors.append(FieldError("login", "required"))
    elif not is_user_name(folded_login(login)):
        errors.append(FieldError("login", "user_name"))
    elif session.execute(select(Person.id).where(Person.login == folded_login(login))).first():
        errors.append(FieldError("login", "taken"))
    if not name.strip():
        errors.append(FieldError("name", "required"))
    if errors:
        raise Invalid(errors=errors)
    check_roles(roles)
    person = Person(
        login=folded_login(login),
        name=name.strip(),
        name_en=name_en.strip(),
        password_hash=hash_password(password),
        locale=locale,
        created_at=now,
        roles=[PersonRole(role=role, valid_from=day) for role in roles],
    )
    session.add(person)
    session.flush()
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="person.add",
        subject=f"person:{person.id}",
        detail={"roles": roles},
    )
    return person


@deed
def freeze(session: Session, *, person_id: int, reason: str, by: int | None, now: datetime) -> datetime:
    """Stop all access of a person, at once: sign-ins end, passkeys die, devices are to wipe what they were lent.

    What they did before is still taken in, through the drop-box. Freezing a frozen person changes nothing. Returns
    since when they are. Errors: NotFound; NotAllowed `freeze_self`.
    """
    person = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound("no_person")
    if person_id == by:
        raise NotAllowed("freeze_self")
    standing = find_freeze(session, person_id)
    if standing is not None:
        return standing.at
    session.add(Freeze(person_id=person_id, reason=reason, status_before=person.status, at=now, by=by))
    person.status = "frozen"
    _end_access(session, person_id, now)
    push.forget(session, person_id=person_id)
    session.execute(
        update(Device).where(Device.person_id == person_id, Device.wipe_at.is_(None)).values(wipe_at=now)
    )
    audit.record(session, at=now, person_id=by, deed="person.freeze", subject=f"person:{person_id}")
    return now


def _end_access(session: Session, person_id: int, now: datetime) -> None:
    """Everything with which a person could get in: open sign-ins, passkeys, ways back in."""
    for table in (SignIn, Passkey, Recovery):
        session.execute(
            update(table).where(table.person_id == person_id, table.ended_at.is_(None)).values(ended_at=now)
        )


def find_freeze(session: Session, person_id: int) -> Freeze | None:
    """The freeze that holds, or None."""
    return session.scalar(
        select(Freeze)
        .where(Freeze.person_id == person_id, Freeze.lifted_at.is_(None))
        .order_by(Freeze.at.desc())
        .limit(1)
    )


@deed
def unfreeze(session: Session, *, person_id: int, by: int, now: datetime) -> None:
    """Give a person's access back. They sign in anew; devices that were told to wipe do so and fetch the book again.

    Errors: NotFound; NotAllowed `second_person` for whoever froze them, and for themselves; Conflict when not frozen.
    """
    person = session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise NotFound("no_person")
    standing = find_freeze(session, person_id)
    if standing is None:
        raise Conflict("not_frozen")
    if by in (standing.by, person_id):
        raise NotAllowed("second_person")
    standing.lifted_at, standing.lifted_by = now, by
    person.status = standing.status_before
    session.execute(update(Device).where(Device.person_id == person_id).values(wipe_at=None))
    audit.record(session, at=now, person_id=by, deed="person.unfreeze", subject=f"person:{person_id}")


@deed
def set_locale(session: Session, *, person_id: int, locale: str) -> None:
    session.execute(update(Person).where(Person.id == person_id).values(locale=locale))
