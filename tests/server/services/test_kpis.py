"""The figures: counted from visits, kept in roll-ups, counted again when a visit comes late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from server.domain.kpi_tallies import SPANS
from server.domain.kpis import Call as DayCall
from server.domain.kpis import PlannedStop, day_kpis, window_around
from server.errors import Invalid, NotFound
from server.extensions import clock
from server.models import KpiDirty, KpiSpan, Order, Visit
from server.services import kpi_marks, order_reviews
from server.services.kpis import rollups
from server.services.kpis.daily import find_daily
from server.services.kpis.questions import Question
from server.services.kpis.report import find_report
from server.services.kpis.visits import Behind, find_visits
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import Field, build_field, substitute

# Tuesday, 2026-11-24, 10:00 in Hong Kong.
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 11, 24), date(2026, 11, 23)


@pytest.fixture
def field(session: Session) -> Field:
    clock.start_at(NOW)
    made = build_field(session)
    session.rollback()
    return made


def phone_of(client: FlaskClient, who: Any) -> FakePhone:
    phone = FakePhone(ClientWire(client))
    phone.sign_in(who)
    return phone


def visit(
    phone: FakePhone,
    outlet: int,
    *,
    at: datetime,
    counts: dict[int, tuple[int, int]] | None = None,
    lines: list[tuple[int, int, int, int]] | None = None,
    **more: Any,
) -> None:
    """A call made and pushed: counts by SKU, order lines of (SKU, suggested, quantity, price)."""
    body = phone.visit(outlet, at=at, counts=counts or {}, lines=lines or [], **more)
    saved = phone.save("visit.record", body)
    phone.push()
    assert phone.result(saved)["status"] == "applied", phone.result(saved)


def count_all(now: datetime | None = None) -> int:
    """Mark the days that began and count until nothing is marked."""
    now = (now or clock.now()) + timedelta(minutes=1)
    while kpi_marks.mark_passed_days(now=now):
        pass
    done = 0
    while found := rollups.refresh(now=now):
        done += found
    return done


def figures(session: Session, **asked: Any) -> dict[str, tuple[int, int]]:
    """Part and whole of every total."""
    asked = {"span": "d", "first": TODAY, "last": TODAY, "group": "route"} | asked
    report = find_report(session, Question(**asked))
    session.rollback()
    return {one.key: (one.part, one.whole) for one in report.totals}


def at(hour: int, minute: int, *, days_ago: int = 0) -> datetime:
    """A time of day in Hong Kong."""
    return datetime(2026, 11, 24, hour - 8, minute, tzinfo=UTC) - timedelta(days=days_ago)


def walk_a_morning(client: FlaskClient, field: Field, *, days_ago: int = 0) -> FakePhone:
    """Three of six stores: the first with a count and an order, the third, then the second, late and empty-handed."""
    phone, skus, prices = phone_of(client, field.rep), field.skus, field.prices
    lines = [(skus[0], 24, 24, prices[skus[0]]), (skus[7], 12, 12, prices[skus[7]])]
    counts = {skus[0]: (3, 4), skus[1]: (0, 0), skus[2]: (1, 0)}
    visit(phone, field.outlets[0], at=at(9, 5, days_ago=days_ago), counts=counts, lines=lines)
    visit(phone, field.outlets[2], at=at(9, 15, days_ago=days_ago))
    visit(phone, field.outlets[1], at=at(9, 50, days_ago=days_ago), counts={skus[0]: (0, 0)})
    return phone


def test_a_morning_gives_the_figures_that_a_hand_reckons(
    client: FlaskClient, session: Session, field: Field
) -> None:
    walk_a_morning(client, field)
    count_all()
    assert figures(session, route_id=field.route) == {
        "completion": (3, 6),
        "strike_rate": (1, 3),
        "lines_per_call": (2, 1),
        # 24 at 3.00 and 12 at 3.70
        "drop_size": (24 * 300 + 12 * 370, 1),
        "coverage": (1, 6),
        # Two of twelve SKUs stood in the first store, none in the second; the third was not counted.
        "distribution": (2, 24),
        # Only class A has must-sell SKUs: three, and the second stood at zero.
        "msl_compliance": (2, 3),
        "out_of_stock": (2, 4),
        # First, third, second: two were kept in their order; the second was due at 9:12 and reached at 9:50.
        "sequence": (2, 3),
        "window": (2, 3),
        "completeness": (3, 6),
    }


def test_a_brand_has_its_own_lines_shelves_and_calls(
    client: FlaskClient, session: Session, field: Field
) -> None:
    walk_a_morning(client, field)
    count_all()
    report = find_report(session, Question("d", TODAY, TODAY, "brand", route_id=field.route))
    told = [{one.key: (one.part, one.whole) for one in line.figures} for line in report.lines]
    assert [line.name_en for line in report.lines] == ["Brand 1", "Brand 2"]
    assert told[0] == {
        "strike_rate": (1, 3),
        "lines_per_call": (1, 1),
        "drop_size": (7200, 1),
        "distribution": (2, 14),
        "msl_compliance": (2, 3),
        "out_of_stock": (2, 4),
    }
    assert told[1]["drop_size"] == (12 * 370, 1)
    assert told[1]["out_of_stock"] == (0, 0)
    # What is above the table is of the calls, not of brands: a call is one there, however many brands it sold.
    assert {one.key: one.whole for one in report.totals}["strike_rate"] == 3


def test_a_class_and_a_rep_and_a_territory_are_told_apart(
    client: FlaskClient, session: Session, field: Field
) -> None:
    walk_a_morning(client, field)
    count_all()
    by_class = find_report(session, Question("d", TODAY, TODAY, "class", route_id=field.route))
    completion = {line.name: line.figures[0][1:3] for line in by_class.lines}
    assert completion == {"A": (1, 2), "B": (1, 2), "C": (1, 1), "D": (0, 1)}
    reps = find_report(session, Question("d", TODAY, TODAY, "rep")).lines
    assert {line.code: (line.calls, line.figures[0].whole) for line in reps} == {
        "rep": (3, 6),
        "other_rep": (0, 6),
        "far_rep": (0, 6),
    }
    places = find_report(session, Question("d", TODAY, TODAY, "territory")).lines
    # The near territory's book: two routes of six, one more on no route; the closed one is in no universe.
    assert {line.code: line.figures[4][1:3] for line in places} == {"T1": (1, 13), "T2": (0, 6)}


def test_a_substitutes_calls_are_his_and_so_is_the_plan_of_his_day(
    client: FlaskClient, session: Session, field: Field
) -> None:
    substitute(session, field, by=field.substitute, starts_at=at(8, 0), ends_at=at(8, 0, days_ago=-1))
    visit(phone_of(client, field.substitute), field.outlets[0], at=at(9, 5))
    count_all()
    reps = find_report(session, Question("d", TODAY, TODAY, "rep", route_id=field.route)).lines
    assert {line.code: line.figures[0][1:3] for line in reps} == {"substitute": (1, 6)}


def test_a_call_on_no_route_is_counted_in_its_outlets_territory(
    client: FlaskClient, session: Session, field: Field
) -> None:
    visit(phone_of(client, field.rep), field.loose_outlet, at=at(9, 5), planned=False)
    count_all()
    assert figures(session, group="territory", territory_id=field.territory)["strike_rate"] == (0, 1)
    assert figures(session, route_id=0)["strike_rate"] == (0, 1)
    assert figures(session, group="territory", territory_id=field.far_territory)["strike_rate"] == (0, 0)


def rows_of(session: Session) -> list[tuple[Any, ...]]:
    session.rollback()
    table = KpiSpan.__table__
    return sorted(tuple(map(repr, row)) for row in session.execute(select(table)))


def test_thrown_away_and_made_again_the_rollups_are_the_same(
    client: FlaskClient, session: Session, field: Field
) -> None:
    for days_ago in (9, 2, 1, 0):
        walk_a_morning(client, field, days_ago=days_ago)
        count_all()
    before = rows_of(session)
    for table in ("kpi_span", "kpi_day", "kpi_dirty"):
        session.execute(text(f"DELETE FROM {table}"))
    session.commit()
    assert count_all() > 0
    assert rows_of(session) == before
    assert {row[1] for row in before} == {repr(span) for span in SPANS}


def test_the_rollup_says_what_the_visits_say(client: FlaskClient, session: Session, field: Field) -> None:
    """Counted a second way: from the visits' rows with the definitions of a rep's own day."""
    walk_a_morning(client, field, days_ago=1)
    count_all()
    visits = session.scalars(select(Visit).order_by(Visit.checked_in_at)).all()
    sold = {order.visit_id: order.total_minor for order in session.scalars(select(Order))}
    plan = [PlannedStop(one, window_around(540 + 12 * n)) for n, one in enumerate(field.outlets)]
    calls = [
        DayCall(
            one.outlet_id or 0,
            minute=(one.checked_in_at.hour + 8) * 60 + one.checked_in_at.minute,
            order_lines=2 if one.id in sold else 0,
            order_minor=sold.get(one.id, 0),
        )
        for one in visits
    ]
    direct = day_kpis(plan, calls)
    for span, group in (("d", "rep"), ("w", "route"), ("m", "class")):
        report = find_report(session, Question(span, YESTERDAY, YESTERDAY, group, route_id=field.route))
        value = {one.key: one.value for one in report.totals}
        assert value["strike_rate"] == direct.strike_rate
        assert value["lines_per_call"] == direct.lines_per_call
        assert value["drop_size"] == direct.drop_size_minor
        assert value["sequence"] == direct.adherence_sequence
        assert value["window"] == direct.adherence_window
        if span == "d":
            assert value["completion"] == direct.completion


def test_a_visit_that_comes_days_late_changes_its_own_day_week_and_month(
    client: FlaskClient, session: Session, field: Field
) -> None:
    phone = walk_a_morning(client, field)
    count_all()
    late = at(9, 5, days_ago=8)
    before = figures(session, route_id=field.route)
    visit(phone, field.outlets[5], at=late)
    session.rollback()
    assert [(one.route_id, one.day) for one in session.scalars(select(KpiDirty))] == [
        (field.route, date(2026, 11, 16))
    ]
    assert count_all() >= 1
    assert figures(session, route_id=field.route) == before
    for span, calls in (("d", 1), ("w", 1), ("m", 4)):
        told = figures(session, span=span, first=late.date(), last=late.date(), route_id=field.route)
        assert told["strike_rate"][1] == calls
    assert session.scalar(select(KpiDirty.day)) is None


def test_an_order_that_review_cancels_is_no_order_any_more(
    client: FlaskClient, session: Session, field: Field
) -> None:
    phone, sku = phone_of(client, field.rep), field.skus[0]
    visit(phone, field.outlets[0], at=at(9, 5), lines=[(sku, 12, 12, field.prices[sku] - 1)])
    count_all()
    assert figures(session, route_id=field.route)["strike_rate"] == (1, 1)
    order_id = session.scalars(select(Order.id)).one()
    session.rollback()
    order_reviews.review_order(
        order_id=order_id, accept=False, today=TODAY, now=clock.now(), by=field.supervisor.id
    )
    count_all()
    assert figures(session, route_id=field.route)["strike_rate"] == (0, 1)


def test_an_outlet_that_orders_every_day_covers_the_week_once(
    client: FlaskClient, session: Session, field: Field
) -> None:
    for days_ago in (1, 0):
        walk_a_morning(client, field, days_ago=days_ago)
    count_all()
    week = figures(session, span="w", route_id=field.route)
    assert week["coverage"] == (1, 6)
    assert week["strike_rate"] == (2, 6)
    two_days = figures(session, first=YESTERDAY, route_id=field.route)
    assert two_days["coverage"] == (1, 6)
    # Its shelf is counted once a week, as it stood last; in days it is one a day.
    assert week["distribution"] == (2, 24)
    assert two_days["distribution"] == (4, 48)


def test_the_spans_before_stand_beside(client: FlaskClient, session: Session, field: Field) -> None:
    walk_a_morning(client, field, days_ago=1)
    count_all()
    report = find_report(session, Question("d", TODAY, TODAY, "route", route_id=field.route))
    assert report.begins_before == YESTERDAY
    completion = report.totals[0]
    assert (completion.value, completion.before) == (0, 0.5)
    assert report.trend[0].before[0] == 0.5
    alone = find_report(session, Question("d", TODAY, TODAY, "route", route_id=field.route, compare=False))
    assert alone.totals[0].before is None


def test_the_day_is_told_beside_the_same_weekday_and_names_the_silent_routes(
    client: FlaskClient, session: Session, field: Field
) -> None:
    walk_a_morning(client, field, days_ago=7)
    walk_a_morning(client, field)
    count_all()
    daily = find_daily(session, TODAY, frozenset({field.territory}))
    assert (daily.day_before, daily.silent) == (date(2026, 11, 17), 1)
    assert [(line.code, line.calls) for line in daily.report.lines] == [("R1", 3), ("R2", 0)]
    assert daily.report.lines[0].figures[0][1:] == (3, 6, 0.5, 0.5)


def test_nobody_is_told_of_another_territory(client: FlaskClient, session: Session, field: Field) -> None:
    walk_a_morning(client, field)
    visit(phone_of(client, field.far_rep), field.far_outlets[0], at=at(9, 5))
    count_all()
    mine = frozenset({field.territory})
    report = find_report(session, Question("d", TODAY, TODAY, "route", within=mine))
    assert [line.code for line in report.lines] == ["R1", "R2"]
    assert {one.key: one.whole for one in report.totals}["strike_rate"] == 3
    for foreign in (
        {"route_id": field.far_route},
        {"person_id": field.far_rep.id},
        {"territory_id": field.far_territory},
    ):
        with pytest.raises(NotFound):
            find_report(session, Question("d", TODAY, TODAY, "route", within=mine, **foreign))
        behind = Behind(TODAY, TODAY, within=mine, **foreign)
        with pytest.raises(NotFound):
            find_visits(session, behind, roles=["manager"], offset=0, limit=10)
    visits, more = find_visits(
        session, Behind(TODAY, TODAY, within=mine), roles=["manager"], offset=0, limit=2
    )
    assert more
    assert [one.outlet_id for one in visits] == [field.outlets[1], field.outlets[2]]


def test_behind_a_figure_are_the_visits_that_made_it(
    client: FlaskClient, session: Session, field: Field
) -> None:
    walk_a_morning(client, field)
    found = {
        only: {
            one.outlet_id
            for one in find_visits(
                session, Behind(TODAY, TODAY, only=only), roles=["manager"], offset=0, limit=9
            )[0]
        }
        for only in ("all", "productive", "unproductive", "unplanned", "incomplete", "out_of_stock")
    }
    first, second, third = field.outlets[:3]
    assert found == {
        "all": {first, second, third},
        "productive": {first},
        "unproductive": {second, third},
        "unplanned": set(),
        "incomplete": set(),
        "out_of_stock": {first, second},
    }


def test_a_question_has_an_end_and_not_too_many_spans() -> None:
    with pytest.raises(Invalid):
        Question("d", TODAY, YESTERDAY, "route")
    with pytest.raises(Invalid):
        Question("d", TODAY - timedelta(days=62), TODAY, "route")
    whole = Question("m", date(2025, 12, 17), TODAY, "route")
    assert (whole.begins, whole.ends, len(whole.starts)) == (date(2025, 12, 1), date(2026, 11, 30), 12)
    assert whole.begins_before == date(2024, 12, 1)
