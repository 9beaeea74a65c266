"""Who could stand in for an absent rep, and what it would cost them: every day of the absence is driven in thought,
with the planner's own hours and its insertion. Reads only; nothing is stored."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.domain.journey_plan import zone
from server.domain.plans import PlanTerms
from server.domain.roster import Offer, best_first
from server.errors import FieldError, Invalid
from server.models import Absence, Assignment, Company, Person, PersonRole, Route, Territory
from server.services.plans.substituting import Day, Share, spread, together
from server.services.substitution_facts import WalkFacts, load_walks

# Longer absences are weighed by their first four weeks: after them every week cycle repeats.
WEIGHED: Final = timedelta(days=28)
# Whoever is farther away than these many reps is no neighbour.
NEIGHBOURS: Final = 8


@dataclass(frozen=True)
class HeldRoute:
    """A route that the absent person holds on the first day of the absence."""

    id: int
    code: str
    name: str
    name_en: str
    role: str
    territory_id: int
    timezone: str


@dataclass(frozen=True)
class OfferView:
    """An offer with the name of who would stand in."""

    person_id: int
    name: str
    days: int
    extra_minutes: int
    over_days: int
    over_minutes: int
    metres: int | None


@dataclass(frozen=True)
class ShareView:
    """What a neighbour would take of the absent rep's outlets."""

    person_id: int
    name: str
    route_id: int
    outlet_ids: list[int]
    extra_minutes: int
    over_minutes: int


@dataclass(frozen=True)
class Advice:
    """The planner's advice. `calls`: calls that fall into the absence, holidays left out; `weighed_to`: the last day
    that was driven in thought."""

    routes: list[HeldRoute]
    calls: int
    working_days: int
    weighed_to: date
    one: list[OfferView]
    spread: list[ShareView]


def find_held(session: Session, person_id: int, day: date) -> list[HeldRoute]:
    """The routes that a person holds in some role on a day (at its noon), by code. Substitutions count."""
    noon = datetime.combine(day, time(12), zone("UTC"))
    query = (
        select(
            Route.id, Route.code, Route.name, Route.name_en, Assignment.role, Route.territory_id,
            Territory.timezone,
        )
        .join(Route, Route.id == Assignment.route_id)
        .join(Territory, Territory.id == Route.territory_id)
        .where(
            Assignment.person_id == person_id, Assignment.starts_at <= noon,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > noon),
        )
        .order_by(Route.code, Assignment.role)
        .limit(500)
    )  # fmt: skip
    return list(dict.fromkeys(HeldRoute(*row) for row in session.execute(query)))


def advise(
    session: Session,
    company: Company,
    *,
    person_id: int,
    first: date,
    last: date,
    terms: PlanTerms | None = None,
) -> Advice:
    """What the planner says about an absence: stand-ins, the best first, and how the outlets would be spread."""
    if last < first:
        raise Invalid(errors=[FieldError("last_day", "at_least", {"least": first.isoformat()})])
    terms = terms or PlanTerms()
    held = find_held(session, person_id, first)
    role = "rep" if any(one.role == "rep" for one in held) else next((one.role for one in held), "rep")
    weighed_to = min(last, first + WEIGHED - timedelta(days=1))
    mine = {one.id for one in held if one.role == role}
    if not mine:
        return Advice(held, 0, 0, weighed_to, [], [])
    territories = {one.territory_id for one in held}
    people = _candidates(session, role, territories, person_id, first, last)
    # Whoever stands in for the person already is weighed anew, without that.
    held_by = _routes_of(session, role, set(people), first)
    routes_of = {one: own - mine for one, own in held_by.items() if own - mine}
    facts = load_walks(
        session, company, mine | {r for own in routes_of.values() for r in own}, first, weighed_to, terms
    )
    near = facts.nearest(mine, routes_of, people)[:NEIGHBOURS]
    days = facts.days(mine, {one: routes_of.get(one, frozenset()) for one in near})
    offers = best_first([_offer(one, days, facts, mine, routes_of, terms) for one in near])
    shares: Sequence[Share] = ()
    if role == "rep":
        neighbours = [one for one in near if routes_of.get(one)]
        shares = spread(days, neighbours, facts.outlets, terms)
    return Advice(
        routes=held,
        calls=sum(len(day.absent) for day in days),
        working_days=sum(bool(day.absent) for day in days),
        weighed_to=weighed_to,
        one=[
            OfferView(
                o.person_id, people[o.person_id], o.days, round(o.extra), o.over_days, round(o.over), o.metres
            )
            for o in offers
        ],
        spread=[
            ShareView(
                one.person_id, people[one.person_id], route_id, sorted(ids), round(one.extra), round(one.over)
            )
            for one in shares
            for route_id, ids in facts.by_route(mine, one.outlet_ids).items()
        ],
    )  # fmt: skip


def _offer(
    person_id: int,
    days: Sequence[Day],
    facts: WalkFacts,
    mine: set[int],
    routes_of: Mapping[int, frozenset[int]],
    terms: PlanTerms,
) -> Offer:
    extra, over, over_days, count = 0.0, 0.0, 0, 0
    for day in days:
        if day.absent:
            more, beyond = together(day.own.get(person_id, ()), day.absent, day.weekday, facts.outlets, terms)
            count += 1
            extra += more
            over += beyond
            over_days += beyond > 1
    return Offer(person_id, count, extra, over_days, over, facts.metres(mine, routes_of.get(person_id)))


def _candidates(
    session: Session, role: str, territories: set[int], absent: int, first: date, last: date
) -> dict[int, str]:
    """People of the role, by id with name, who come on all these days and work in the territories or hold no route."""
    now = datetime.combine(first, time(12), zone("UTC"))
    held = (
        select(Assignment.person_id, Route.territory_id)
        .join(Route, Route.id == Assignment.route_id)
        .where(
            Assignment.role == role, Assignment.starts_at <= now,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now), Assignment.person_id.is_not(None),
        )
    ).subquery()  # fmt: skip
    away = select(Absence.person_id).where(
        Absence.withdrawn_at.is_(None), Absence.first_day <= last, Absence.last_day >= first
    )
    able = select(PersonRole.person_id).where(
        PersonRole.role == role, PersonRole.valid_from <= first,
        or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= last),
    )  # fmt: skip
    query = (
        select(Person.id, Person.name)
        .outerjoin(held, held.c.person_id == Person.id)
        .where(
            Person.status == "active", Person.id != absent, Person.id.in_(able), Person.id.not_in(away),
            or_(held.c.territory_id.is_(None), held.c.territory_id.in_(territories)),
        )
        .order_by(Person.id)
        .limit(500)
    )  # fmt: skip
    return {person_id: name for person_id, name in session.execute(query)}  # noqa: C416


def _routes_of(session: Session, role: str, people: set[int], day: date) -> dict[int, frozenset[int]]:
    noon = datetime.combine(day, time(12), zone("UTC"))
    query = (
        select(Assignment.person_id, Assignment.route_id)
        .where(
            Assignment.role == role, Assignment.person_id.in_(people), Assignment.starts_at <= noon,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > noon),
        )
        .limit(5_000)
    )  # fmt: skip
    found: dict[int, set[int]] = {}
    for person_id, route_id in session.execute(query):
        found.setdefault(person_id or 0, set()).add(route_id)
    return {person_id: frozenset(routes) for person_id, routes in found.items()}
