"""`flask --app server plan …`: draft routes for an imported area, order a day, give routes to people."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import click
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from server.domain.routes import DraftRules, StopPlan
from server.errors import RoutebookError
from server.extensions import clock, db
from server.messages import rule_sentence, title
from server.services import assignments, drafts, people, routes
from server.services.company import get_company

plan = AppGroup("plan", help="Draft, order and assign routes.")


def _say(error: RoutebookError) -> click.ClickException:
    words = [f"{one.field} {rule_sentence(one.rule, 'en', one.params)}" for one in error.errors]
    return click.ClickException("; ".join(words) or title(error.code, "en"))


def _zone(session: Session) -> ZoneInfo:
    return ZoneInfo(get_company(session).timezone)


def _day(session: Session, text: str | None) -> date:
    return date.fromisoformat(text) if text else clock.now().astimezone(_zone(session)).date()


@plan.command("territory")
@click.argument("code")
@click.argument("name")
@click.option("--timezone", default=None, help="IANA name; default the company's.")
def territory(code: str, name: str, timezone: str | None) -> None:
    """Add a territory."""
    session = db.session()
    try:
        routes.add_territory(
            code=code,
            name=name,
            name_en="",
            timezone=timezone or get_company(session).timezone,
            now=clock.now(),
            by=None,
        )
    except RoutebookError as error:
        raise _say(error) from None
    click.echo(f"territory {code} {name}")


@plan.command("draft")
@click.option("--territory", required=True, help="Code of the territory.")
@click.option("--chain", default="", help="Only outlets of this chain.")
@click.option("--routes", "count", type=int, required=True, help="How many routes.")
@click.option("--prefix", default="R", help="Codes become PREFIX1, PREFIX2, …")
@click.option(
    "--from", "first_day", default=None, help="First day of the routes (YYYY-MM-DD); default today."
)
@click.option("--weekdays", default="0,1,2,3,4,5", help="Working days, 0 = Monday.")
@click.option("--publish", is_flag=True, help="Store the draft; without it, it is only shown.")
def draft(
    territory: str, chain: str, count: int, prefix: str, first_day: str | None, weekdays: str, publish: bool
) -> None:
    """Divide the outlets that are on no route into routes and days."""
    session = db.session()
    found = routes.find_territory(session, territory)
    if found is None:
        raise click.ClickException(f"no territory {territory}")
    territory_id = found.id
    day = _day(session, first_day)
    try:
        rules = DraftRules(routes=count, weekdays=tuple(int(one) for one in weekdays.split(",")))
        drafted = drafts.propose_draft(
            session, territory_id=territory_id, chain=chain, outlet_class="", rules=rules, day=day
        )
        for index, one in enumerate(drafted):
            days = ", ".join(f"{weekday}: {len(stops)}" for weekday, stops in one.days.items())
            click.echo(
                f"{prefix}{index + 1}: {one.outlets} outlets, {one.metres / 1000:.1f} km a week ({days})"
            )
        if publish:
            drafts.publish_draft(
                territory_id=territory_id,
                chain=chain,
                outlet_class="",
                rules=rules,
                names=[(f"{prefix}{index + 1}", f"{prefix}{index + 1}") for index in range(count)],
                day=day,
                now=clock.now(),
                by=None,
            )
            click.echo(f"published from {day}")
    except RoutebookError as error:
        raise _say(error) from None


@plan.command("order")
@click.argument("route")
@click.argument("weekday", type=click.IntRange(0, 6))
@click.option("--from", "first_day", default=None, help="From which day on; default today.")
def order(route: str, weekday: int, first_day: str | None) -> None:
    """Put a weekday's stops into a short order with planned times."""
    session = db.session()
    found = routes.find_route(session, route)
    if found is None:
        raise click.ClickException(f"no route {route}")
    day = _day(session, first_day)
    stops = {
        stop.outlet_id: stop for stop in routes.find_stops(session, found.id, day) if stop.weekday == weekday
    }
    proposal = drafts.propose_order(session, outlet_ids=list(stops), rules=DraftRules(routes=1))
    try:
        routes.set_day(
            route_id=found.id,
            weekday=weekday,
            stops=[
                StopPlan(
                    one.outlet_id, stops[one.outlet_id].weeks, stops[one.outlet_id].phase, one.planned_minute
                )
                for one in proposal.stops
            ],
            version=found.version,
            day=day,
            now=clock.now(),
            by=None,
        )
    except RoutebookError as error:
        raise _say(error) from None
    click.echo(f"{len(stops)} stops, {proposal.metres_before} m before, {proposal.metres_after} m now")


@plan.command("assign")
@click.argument("route")
@click.option("--rep", default=None, help="Login of the rep.")
@click.option("--driver", default=None, help="Login of the driver.")
@click.option("--truck", default=None, help="Plate of the truck.")
@click.option("--from", "first_day", default=None, help="First day; default now.")
def assign(route: str, rep: str | None, driver: str | None, truck: str | None, first_day: str | None) -> None:
    """Give a route to a rep, a driver, a truck."""
    session = db.session()
    found = routes.find_route(session, route)
    if found is None:
        raise click.ClickException(f"no route {route}")
    route_id = found.id
    starts_at = (
        datetime.combine(date.fromisoformat(first_day), time(), _zone(session)).astimezone(UTC)
        if first_day
        else clock.now()
    )
    holders = {"rep": rep, "driver": driver, "truck": truck}
    try:
        for role, name in holders.items():
            if name is None:
                continue
            holder_id = _holder_id(session, role, name)
            assignments.assign(
                route_id=route_id,
                role=role,
                holder_id=holder_id,
                starts_at=starts_at,
                ends_at=None,
                kind="regular",
                now=clock.now(),
                by=None,
            )
            click.echo(f"{route}: {role} {name} from {starts_at.isoformat()}")
    except RoutebookError as error:
        raise _say(error) from None


def _holder_id(session: Session, role: str, name: str) -> int:
    if role == "truck":
        trucks = [truck for truck in routes.find_trucks(session) if truck.plate == name]
        if not trucks:
            raise click.ClickException(f"no truck {name}")
        return trucks[0].id
    person = people.find_by_login(session, name)
    if person is None:
        raise click.ClickException(f"no person {name}")
    return person.id
