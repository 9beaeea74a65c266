"""Plans: made from what holds, proposed by the planner, edited, published from a day on, reverted."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.plans import PlanTerms
from server.errors import Conflict, Invalid, NotFound
from server.models import AuditEntry, Job, Outlet, PlanLine, PlanVersion, Route, Stop, StopChange
from server.services import jobs, routes
from server.services.daybook.changes import changes_told
from server.services.plans import boards, facts, proposing, publishing, versions
from server.services.plans.board import BoardKeeper
from tests.server.field import Field, build_field

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
DAY = date(2026, 11, 30)  # a Monday
TERMS = PlanTerms()


class Desk:
    """A supervisor at the board of the near territory."""

    def __init__(self, session: Session, field: Field, within: frozenset[int] | None = None) -> None:
        self.session, self.field, self.within = session, field, within
        self.keeper = BoardKeeper()
        self.plan = versions.make_plan(
            territory_id=field.territory, name="December", starts_on=DAY, terms=TERMS, within=within,
            now=NOW, by=field.supervisor.id,
        )  # fmt: skip
        self.version = self.newest()

    def newest(self) -> int:
        query = select(PlanVersion.id).where(PlanVersion.plan_id == self.plan)
        return self.session.scalars(query.order_by(PlanVersion.number.desc())).first() or 0

    def board(self) -> dict:
        return boards.read_board(self.session, self.keeper, self.version, self.within)

    def edit(self, kind: str, outlet_ids: list[int], **words: int) -> dict:
        revision = self.board()["revision"]
        return boards.edit_board(
            self.keeper, self.version, revision, {"kind": kind, "outlet_ids": outlet_ids, **words},
            within=self.within, now=NOW, by=self.field.supervisor.id,
        )  # fmt: skip

    def undo(self, redo: bool = False) -> dict:
        return boards.undo_edit(
            self.keeper, self.version, self.board()["revision"], redo=redo, within=self.within, now=NOW,
            by=self.field.supervisor.id,
        )  # fmt: skip

    def publish(self, day: date = DAY, reason: str = "Shorter ways") -> int:
        return publishing.publish(
            keeper=self.keeper, version_id=self.version, starts_on=day, reason=reason, today=TODAY,
            within=self.within, now=NOW, by=self.field.supervisor.id,
        )  # fmt: skip


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session, build_field(session))


class Silently:
    """A job's report that nobody reads."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def now(self) -> datetime:
        return NOW

    def say(self, *, progress: int | None = None, words: str = "", detail: str = "") -> None:
        self.said.append(words)

    def watch(self, process: object) -> None:
        pass


def stops_on(session: Session, route: int, day: date, weekday: int) -> list[int]:
    """The outlets of a weekday in order, without those that are closed."""
    session.rollback()
    found = [one.outlet_id for one in routes.find_stops(session, route, day) if one.weekday == weekday]
    return [one for one in found if session.get_one(Outlet, one).status == "active"]


def test_the_first_version_is_what_holds_on_the_plans_first_day(desk: Desk):
    board = desk.board()
    assert board["moves"] == []
    assert board["totals"] == board["today_totals"]
    # Twelve stores, six weekdays, four weeks; the closed one is not on the board.
    assert board["totals"]["calls"] == 12 * 6 * 4
    assert desk.field.closed_outlet not in {line[0] for line in board["lines"]}
    assert board["unplanned"] == [desk.field.loose_outlet]


def test_a_store_that_is_dragged_to_another_route_goes_with_all_its_visits(desk: Desk):
    store = desk.field.outlets[0]
    after = desk.edit("move", [store], route_id=desk.field.other_route)
    assert set(after["touched"]) == {desk.field.route, desk.field.other_route}
    routes_of = {line[1] for line in after["lines"] if line[0] == store}
    assert routes_of == {desk.field.other_route}
    assert after["moves"] == [store]
    assert after["travel_after"] > after["travel_before"]  # the other route is two kilometres away


def test_a_visit_cannot_come_twice_on_one_day(desk: Desk):
    with pytest.raises(Invalid) as refused:
        desk.edit("move", [desk.field.outlets[0]], from_weekday=0, weekday=1)
    assert [(one.field, one.rule) for one in refused.value.errors] == [("weekday", "twice")]
    assert desk.board()["moves"] == []


def test_a_store_on_no_route_is_dragged_onto_one_and_put_where_it_costs_least(desk: Desk):
    store = desk.field.loose_outlet
    after = desk.edit("move", [store], route_id=desk.field.route, weekday=2)
    tuesday = [line[0] for line in after["lines"] if line[2] == 2]
    # It lies south of all the others, which go north one by one: before the first, or after the last, never between.
    assert tuesday[0] == store
    assert after["unplanned"] == []


def test_an_edit_is_undone_and_done_again_also_after_a_restart(desk: Desk):
    before = desk.board()
    store = desk.field.loose_outlet
    done = desk.edit("move", [store], route_id=desk.field.route, weekday=2)
    undone = desk.undo()
    assert (undone["can_undo"], undone["can_redo"]) == (False, True)
    assert desk.board()["totals"] == before["totals"]
    desk.keeper = BoardKeeper()  # the server was started again
    assert desk.board()["can_redo"]
    again = desk.undo(redo=True)
    assert again["totals"] == done["totals"]
    desk.keeper = BoardKeeper()
    assert desk.board()["totals"] == done["totals"]
    with pytest.raises(Invalid):
        desk.undo(redo=True)


def test_a_new_edit_after_an_undo_leaves_nothing_to_redo(desk: Desk):
    desk.edit("lock", [desk.field.outlets[1]])
    desk.undo()
    after = desk.edit("lock", [desk.field.outlets[2]])
    assert after["locked"] == [desk.field.outlets[2]]
    assert not after["can_redo"]
    desk.keeper = BoardKeeper()
    assert desk.board()["locked"] == [desk.field.outlets[2]]


def test_a_locked_store_is_not_moved_until_it_is_unlocked(desk: Desk):
    store = desk.field.outlets[0]
    desk.edit("lock", [store])
    with pytest.raises(Invalid) as refused:
        desk.edit("move", [store], route_id=desk.field.other_route)
    assert refused.value.errors[0].rule == "locked"
    desk.edit("unlock", [store])
    assert desk.edit("move", [store], route_id=desk.field.other_route)["moves"] == [store]


def test_two_people_on_one_board_do_not_cover_each_others_edits(desk: Desk):
    seen = desk.board()["revision"]
    desk.edit("lock", [desk.field.outlets[0]])
    with pytest.raises(Conflict) as refused:
        boards.edit_board(
            BoardKeeper(), desk.version, seen, {"kind": "lock", "outlet_ids": [desk.field.outlets[1]]},
            within=None, now=NOW, by=desk.field.manager.id,
        )  # fmt: skip
    assert refused.value.code == "plan_changed"


def test_a_plan_of_another_territory_is_not_there_for_who_does_not_work_for_it(desk: Desk):
    elsewhere = frozenset({desk.field.far_territory})
    with pytest.raises(NotFound):
        boards.read_board(desk.session, desk.keeper, desk.version, elsewhere)
    with pytest.raises(NotFound):
        versions.get_plan(desk.session, desk.plan, elsewhere)
    with pytest.raises(NotFound):
        Desk(desk.session, desk.field, elsewhere)


def test_a_published_version_closes_and_opens_dated_stops_and_leaves_the_days_before_alone(desk: Desk):
    session, field = desk.session, desk.field
    before = stops_on(session, field.route, DAY - timedelta(days=1), 2)
    store = field.loose_outlet
    desk.edit("move", [store], route_id=field.route, weekday=2)
    version = session.get_one(Route, field.route).version
    assert desk.publish() > 0
    assert stops_on(session, field.route, DAY, 2)[0] == store
    assert stops_on(session, field.route, DAY - timedelta(days=1), 2) == before
    assert session.get_one(Route, field.route).version == version + 1
    overlapping = session.scalars(select(Stop).where(Stop.valid_to < Stop.valid_from)).all()
    assert overlapping == []
    deeds = session.scalars(select(AuditEntry.deed).order_by(AuditEntry.seq)).all()
    assert deeds[-1] == "plan.publish"


def test_a_rep_is_told_what_changed_and_why_from_that_day_on_for_two_weeks(desk: Desk):
    session, field = desk.session, desk.field
    desk.edit("move", [field.outlets[0]], route_id=field.other_route)
    desk.publish(reason="Nearer to the other depot")
    session.rollback()
    assert changes_told(session, [field.other_route], DAY - timedelta(days=1)) == []
    (told,) = changes_told(session, [field.other_route], DAY)
    assert (told["kind"], told["outlet_id"], told["reason"]) == (
        "came", field.outlets[0], "Nearer to the other depot",
    )  # fmt: skip
    (left,) = changes_told(session, [field.route], DAY)
    assert (left["kind"], left["before"], left["after"]) == ("left", [0, 1, 2, 3, 4, 5], [])
    assert changes_told(session, [field.route], DAY + timedelta(days=14)) == []


def test_a_plan_whose_routes_were_changed_meanwhile_is_not_published(desk: Desk):
    desk.session.get_one(Route, desk.field.route).version += 1
    desk.session.commit()
    with pytest.raises(Conflict) as refused:
        desk.publish()
    assert refused.value.code == "plan_outdated"
    assert desk.session.scalar(select(func.count()).select_from(StopChange)) == 0


def test_what_was_walked_is_not_rewritten(desk: Desk):
    with pytest.raises(Invalid) as refused:
        desk.publish(day=TODAY)
    assert refused.value.errors[0].rule == "from_tomorrow"


def test_a_published_version_stands_and_a_copy_of_it_is_edited(desk: Desk):
    desk.edit("lock", [desk.field.outlets[0]])
    desk.publish()
    with pytest.raises(Conflict) as refused:
        desk.edit("lock", [desk.field.outlets[1]])
    assert refused.value.code == "plan_published"
    desk.version = versions.copy_version(
        keeper=desk.keeper, version_id=desk.version, within=None, now=NOW, by=desk.field.supervisor.id
    )
    assert desk.edit("lock", [desk.field.outlets[1]])["locked"] == list(desk.field.outlets[:2])


def test_a_reverted_plan_gives_back_what_held_before(desk: Desk):
    session, field = desk.session, desk.field
    before = [stops_on(session, field.route, DAY, weekday) for weekday in range(6)]
    desk.edit("move", [field.outlets[0]], route_id=field.other_route)
    desk.publish()
    later = DAY + timedelta(days=7)
    publishing.revert(
        plan_id=desk.plan, starts_on=later, reason="It did not work", today=DAY, within=None, now=NOW,
        by=field.manager.id,
    )  # fmt: skip
    after = [stops_on(session, field.route, later, weekday) for weekday in range(6)]
    assert after == before
    assert field.outlets[0] not in stops_on(session, field.route, DAY, 0)


def test_a_closed_outlets_stops_are_left_alone(desk: Desk):
    session, field = desk.session, desk.field
    held = select(func.count()).where(Stop.outlet_id == field.closed_outlet, Stop.valid_to.is_(None))
    before = session.scalar(held)
    desk.edit("move", [field.outlets[0]], route_id=field.other_route)
    desk.publish()
    session.rollback()
    assert session.scalar(held) == before


def test_an_edit_of_a_store_that_closed_meanwhile_no_longer_counts_and_the_others_do(desk: Desk):
    session, field = desk.session, desk.field
    desk.edit("move", [field.outlets[0]], route_id=field.other_route)
    desk.edit("move", [field.outlets[1]], route_id=field.other_route)
    session.rollback()
    session.get_one(Outlet, field.outlets[0]).status = "closed"
    session.commit()
    desk.keeper = BoardKeeper()
    assert desk.board()["moves"] == [field.outlets[1]]
    assert desk.undo()["moves"] == []


@pytest.mark.parametrize("kind", ["sequence", "calendar", "territory"])
def test_the_planners_proposal_becomes_the_next_version_and_serves_every_store(desk: Desk, kind: str):
    session, field = desk.session, desk.field
    asked = proposing.ask_proposal(
        version_id=desk.version, kind=kind, seconds=1, within=None, now=NOW, by=field.supervisor.id
    )
    with pytest.raises(Conflict):
        proposing.ask_proposal(
            version_id=desk.version, kind=kind, seconds=1, within=None, now=NOW, by=field.supervisor.id
        )
    claimed = jobs.claim(worker="w", now=NOW, job_id=asked.id)
    assert claimed is not None
    report = Silently()
    proposing.propose(report, claimed)
    job = session.get_one(Job, claimed.id)
    assert (job.state, job.result) == ("done", f"plan_version:{desk.newest()}")
    assert "routing" in report.said
    before = desk.board()["totals"]
    desk.version = desk.newest()
    board = desk.board()
    served = {line[0] for line in board["lines"]}
    assert served >= {*field.outlets, *field.other_outlets}
    if kind == "territory":  # divides what is on no route, too
        assert field.loose_outlet in served
    else:
        assert board["totals"]["travel"] <= before["travel"]
    assert session.scalar(select(func.count()).where(PlanLine.version_id == desk.version)) == len(
        board["lines"]
    )


def test_locked_stores_stay_where_they_are_whatever_the_planner_proposes(desk: Desk):
    session, field = desk.session, desk.field
    # A far store of the first route among those of the second: the planner would take it there.
    store = session.get_one(Outlet, field.outlets[0])
    store.latitude, store.longitude = 22.3301, 114.1601
    session.commit()
    desk = Desk(session, field)
    desk.edit("lock", [field.outlets[0]])
    asked = proposing.ask_proposal(
        version_id=desk.version, kind="territory", seconds=1, within=None, now=NOW, by=None
    )
    claimed = jobs.claim(worker="w", now=NOW, job_id=asked.id)
    assert claimed is not None
    proposing.propose(Silently(), claimed)
    desk.version = desk.newest()
    routes_of = {line[1] for line in desk.board()["lines"] if line[0] == field.outlets[0]}
    assert routes_of == {field.route}


def test_a_worker_that_lost_the_job_stores_nothing(desk: Desk):
    asked = proposing.ask_proposal(
        version_id=desk.version, kind="sequence", seconds=1, within=None, now=NOW, by=None
    )
    first = jobs.claim(worker="first", now=NOW, job_id=asked.id)
    second = jobs.claim(worker="second", now=NOW + timedelta(minutes=1), job_id=asked.id)
    assert first is not None
    assert second is not None
    with pytest.raises(jobs.Lost):
        proposing.propose(Silently(), first)
    proposing.propose(Silently(), second)
    made = desk.session.scalar(select(func.count()).where(PlanVersion.plan_id == desk.plan))
    assert made == 2


def test_terms_that_cannot_be_worked_are_refused_by_field():
    with pytest.raises(ValueError, match="end_minute"):
        facts.terms_of({"start_minute": 600, "end_minute": 600})
