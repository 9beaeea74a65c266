"""People: who they are, what roles they hold on a day, their sign-ins and devices."""

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.domain.journey_plan import business_date
from server.domain.names import is_user_name
from server.domain.permission import ROLES
from server.errors import FieldError, Invalid, NotFound, RoutebookError
from server.models import Company, Person, PersonRole, SignIn
from server.services import audit
from server.services.transaction import deed

SIGN_IN_LASTS = timedelta(days=30)
PASSWORD_MIN, PASSWORD_MAX = 10, 200

# RFC 9106's second recommended option scaled to a small server: 64 MiB, 3 passes.
_hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4)
# Verified when the login is unknown, so that the answer takes as long as for a known one (G6).
_DUMMY_HASH = _hasher.hash(secrets.token_hex(16))


class WrongSignIn(RoutebookError):
    """Login or password is wrong; the answer never says which."""

    status = 401
    code = "wrong_sign_in"


def folded_login(login: str) -> str:
    """A login as it is stored and compared: NFKC, casefolded, trimmed."""
    return unicodedata.normalize("NFKC", login).strip().casefold()


def hash_password(password: str) -> str:
    """Argon2id hash of a password of 10 to 200 characters."""
    if not PASSWORD_MIN <= len(password) <= PASSWORD_MAX:
        raise Invalid(errors=[FieldError("password", "length", {"min": PASSWORD_MIN, "max": PASSWORD_MAX})])
    return _hasher.hash(password)


def roles_on(person: Person, day: date) -> frozenset[str]:
    """The roles a person holds on a day."""
    return frozenset(
        row.role
        for row in person.roles
        if row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)
    )


def find_person(session: Session, person_id: int) -> Person | None:
    return session.get(Person, person_id)


def find_by_login(session: Session, login: str) -> Person | None:
    return session.scalar(select(Person).where(Person.login == folded_login(login)))


def get_person(session: Session, person_id: int) -> Person:
    person = find_person(session, person_id)
    if person is None:
        raise NotFound("no_person")
    return person


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


def _view(person: Person, day: date) -> PersonView:
    return PersonView(
        id=person.id,
        login=person.login,
        name=person.name,
        name_en=person.name_en,
        locale=person.locale,
        status=person.status,
        roles=sorted(roles_on(person, day)),
    )


def get_person_view(session: Session, person_id: int, *, day: date) -> PersonView:
    return _view(get_person(session, person_id), day)


def find_person_views(session: Session, *, role: str | None, day: date) -> list[PersonView]:
    """People in order of name, with their roles on a day; with `role` only those who hold it then."""
    views = [_view(person, day) for person in find_people(session, role=role)]
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
    errors += [FieldError("roles", "unknown_role", {"role": role}) for role in roles if role not in ROLES]
    if errors:
        raise Invalid(errors=errors)
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


def _token_sha256(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@deed
def sign_in(session: Session, *, login: str, password: str, address: str, now: datetime) -> str:
    """Check a password and open a sign-in. Returns the token for the cookie."""
    person = session.execute(select(Person).where(Person.login == folded_login(login))).scalar_one_or_none()
    try:
        _hasher.verify(person.password_hash if person else _DUMMY_HASH, password)
    except (VerifyMismatchError, InvalidHashError):
        raise WrongSignIn from None
    if person is None or person.status not in ("active", "leaving"):
        raise WrongSignIn
    token = secrets.token_urlsafe(32)
    session.add(
        SignIn(
            token_sha256=_token_sha256(token),
            person_id=person.id,
            created_at=now,
            expires_at=now + SIGN_IN_LASTS,
            address=address,
        )
    )
    audit.record(session, at=now, person_id=person.id, deed="person.sign_in", subject=f"person:{person.id}")
    return token


@dataclass(frozen=True)
class OpenSignIn:
    """Who is signed in: plain values, so that the web floor needs no tables."""

    token: str
    token_sha256: str
    device_id: UUID | None
    person_id: int
    status: str
    locale: str
    roles: frozenset[str]


def find_sign_in(session: Session, token: str, *, now: datetime) -> OpenSignIn | None:
    """The open sign-in of a token, or None when it ended or expired or its person is frozen."""
    row = session.execute(
        select(SignIn, Person, select(Company.timezone).limit(1).scalar_subquery())
        .join(Person, Person.id == SignIn.person_id)
        .where(SignIn.token_sha256 == _token_sha256(token))
    ).first()
    if row is None:
        return None
    found, person, timezone = row
    if found.ended_at is not None or found.expires_at <= now or person.status not in ("active", "leaving"):
        return None
    return OpenSignIn(
        token=token,
        token_sha256=found.token_sha256,
        device_id=found.device_id,
        person_id=person.id,
        status=person.status,
        locale=person.locale,
        roles=roles_on(person, business_date(now, timezone or "UTC")),
    )


@deed
def sign_out(session: Session, *, token_sha256: str, person_id: int, now: datetime) -> None:
    session.execute(
        update(SignIn)
        .where(SignIn.token_sha256 == token_sha256, SignIn.ended_at.is_(None))
        .values(ended_at=now)
    )
    audit.record(session, at=now, person_id=person_id, deed="person.sign_out", subject=f"person:{person_id}")


@deed
def set_locale(session: Session, *, person_id: int, locale: str) -> None:
    session.execute(update(Person).where(Person.id == person_id).values(locale=locale))


@deed
def bind_device(session: Session, *, token_sha256: str, device_id: UUID) -> None:
    """Tie a sign-in to the device that it is used on."""
    session.execute(update(SignIn).where(SignIn.token_sha256 == token_sha256).values(device_id=device_id))
