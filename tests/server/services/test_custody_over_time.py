"""Whatever happens to routes and people: each captured visit is credited once, to who held the store then, and no card
is ever given to somebody without a right at that moment.

Made-up programmes of deeds (hypothesis) are played on both databases beside a model of a few lines. A longer run:
ROUTEBOOK_PROGRAMMES=500 pytest tests/server/services/test_custody_over_time.py
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.extensions import clock, db
from server.models import Visit
from tests.databases import remove_rows
from tests.server.fake_phone import ClientWire, FakePhone, wire_time
from tests.server.field import Field, Who, field_at
from tests.server.signing import KeyPhone, SigningWire

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)  # 08:00 on a Monday in Hong Kong
PROGRAMMES = int(os.environ.get("ROUTEBOOK_PROGRAMMES", "6"))
LONGEST = 14
RECEIPTS = {
    "batch_id",
    "operations",
    "results",
    "epoch",
    "server_seq",
    "server_time",
    "missing",
    "checkpoint",
}
STORES = 3

reps, routes = st.integers(0, 2), st.integers(0, 1)
deeds = st.one_of(
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("assign"), routes, reps),
    st.tuples(st.just("stand_in"), routes, reps, st.integers(1, 30)),
    st.tuples(st.just("visit"), reps, st.integers(0, 2 * STORES - 1)),
    st.tuples(st.just("visit"), reps, st.integers(0, 2 * STORES - 1)),
    st.tuples(st.just("deliver"), reps),
    st.tuples(st.just("leave"), reps, st.sampled_from(["freeze_now", "serving_notice"]), st.integers(0, 1)),
    st.tuples(st.just("undo"), reps),
)


@dataclass(frozen=True)
class Held:
    """The model's line: who has a route from when to when. A substitution lies over the regular one."""

    route: int
    person: int
    starts: datetime
    ends: datetime | None
    stands_in: bool


@dataclass
class World:
    """The company, its phones, and what should be true."""

    app: Flask
    field: Field
    held: list[Held]
    phones: dict[int, KeyPhone]
    desk: FakePhone
    admin: FakePhone
    # person → the instant from which nothing is given to them any more
    ends: dict[int, datetime] = field(default_factory=dict)
    cases: dict[int, int] = field(default_factory=dict)
    # visit → who held the store when it was made, who made it
    made: dict[UUID, tuple[int | None, int]] = field(default_factory=dict)

    @property
    def reps(self) -> list[Who]:
        return [self.field.rep, self.field.other_rep, self.field.substitute]

    @property
    def routes(self) -> list[int]:
        return [self.field.route, self.field.other_route]

    @property
    def stores(self) -> list[int]:
        return [*self.field.outlets[:STORES], *self.field.other_outlets[:STORES]]

    def holder(self, store: int, at: datetime) -> int | None:
        route = self.field.route if store in self.field.outlets else self.field.other_route
        lines = [
            one
            for one in self.held
            if one.route == route and one.starts <= at and (one.ends is None or at < one.ends)
        ]
        over = [one for one in lines if one.stands_in] or lines
        return over[-1].person if over else None

    def is_shut_out(self, person: int, at: datetime) -> bool:
        return person in self.ends and self.ends[person] <= at


def world_of(app: Flask, session: Session) -> World:
    made = field_at(session, MORNING, outlets=STORES)
    began = datetime(2025, 1, 6, tzinfo=UTC)
    phones = {}
    for who in (made.rep, made.other_rep, made.substitute):
        phones[who.id] = KeyPhone(SigningWire(ClientWire(app.test_client())))
        phones[who.id].sign_in(who)
    desks = []
    for who in (made.manager, made.administrator):
        desk = FakePhone(ClientWire(app.test_client()))
        desk.sign_in(who)
        desks.append(desk)
    held = [
        Held(made.route, made.rep.id, began, None, stands_in=False),
        Held(made.other_route, made.other_rep.id, began, None, stands_in=False),
    ]
    return World(app, made, held, phones, *desks)


def prove(desk: FakePhone, who: Who) -> None:
    """Signed in and stepped up, however much time has passed."""
    if desk.request("GET", "/session").status != 200:
        desk.sign_in(who)
    answer = desk.request("POST", "/session/step-up", {"password": "correct horse 2026"})
    assert answer.status in (200, 204), answer.data


# --- the deeds -------------------------------------------------------------------------------------------------------


def play(world: World, deed: tuple[Any, ...]) -> None:
    what, *values = deed
    clock.start_at(clock.now() + timedelta(minutes=2))
    {"wait": wait, "assign": assign, "stand_in": stand_in, "visit": visit, "deliver": deliver, "leave": leave,
     "undo": undo}[what](world, *values)  # fmt: skip


def wait(_world: World, hours: int) -> None:
    clock.start_at(clock.now() + timedelta(hours=hours))


def give(world: World, route: int, rep: int, starts: datetime, ends: datetime | None) -> bool:
    prove(world.desk, world.field.manager)
    wish = {
        "role": "rep",
        "holder_id": world.reps[rep].id,
        "starts_at": wire_time(starts),
        "ends_at": wire_time(ends) if ends else None,
        "kind": "substitution" if ends else "regular",
    }
    answer = world.desk.request("POST", f"/routes/{world.routes[route]}/assignments", wish)
    assert answer.status in (201, 409, 422), answer.data
    return answer.status == 201


def assign(world: World, route: int, rep: int) -> None:
    now = clock.now().replace(microsecond=0) + timedelta(seconds=1)
    if not give(world, route, rep, now, None):
        return
    clock.start_at(now + timedelta(seconds=1))
    number, person = world.routes[route], world.reps[rep].id
    world.held = [
        Held(one.route, one.person, one.starts, now, stands_in=False)
        if one.route == number and not one.stands_in and one.ends is None
        else one
        for one in world.held
    ]
    world.held.append(Held(number, person, now, None, stands_in=False))


def stand_in(world: World, route: int, rep: int, hours: int) -> None:
    now = clock.now().replace(microsecond=0) + timedelta(seconds=1)
    ends = now + timedelta(hours=hours)
    if give(world, route, rep, now, ends):
        clock.start_at(now + timedelta(seconds=1))
        world.held.append(Held(world.routes[route], world.reps[rep].id, now, ends, stands_in=True))


def visit(world: World, rep: int, store: int) -> None:
    """Made by whoever stands in the store, held by him or not; kept on the phone until it is delivered."""
    person, outlet = world.reps[rep].id, world.stores[store]
    if world.is_shut_out(person, clock.now()):
        return
    began = clock.now().replace(microsecond=0)
    clock.start_at(began + timedelta(minutes=2))
    phone = world.phones[person]
    body = phone.visit(outlet, at=began, minutes=1)
    phone.save("visit.record", body)
    world.made[UUID(body["visit_id"])] = (world.holder(outlet, began), person)


def deliver(world: World, rep: int) -> None:
    who = world.reps[rep]
    phone = world.phones[who.id]
    if not phone.queue:
        return
    if world.is_shut_out(who.id, clock.now()):
        envelope = phone.envelope()
        answer = phone.drop(envelope)
        assert answer.status == 200, answer.data
        assert set(answer.json) <= RECEIPTS, "a drop-box gives receipts and nothing else"
        phone.queue = []
        return
    signs_in_where_it_is_time(phone, who)
    phone.push_all()
    assert phone.queue == []


def signs_in_where_it_is_time(phone: KeyPhone, who: Who) -> None:
    if phone.request("GET", "/session").status == 401:
        phone.sign_in(who)


def leave(world: World, rep: int, mode: str, days: int) -> None:
    person = world.reps[rep].id
    prove(world.desk, world.field.manager)
    now = clock.now()
    here = (now + timedelta(hours=8)).date() + timedelta(days=days)
    wish = {"person_id": person, "reason": "resigned", "last_day": here.isoformat(), "mode": mode}
    answer = world.desk.request("POST", "/departures", wish)
    assert answer.status in (201, 409, 422), answer.data
    if answer.status == 201:
        world.cases[person] = answer.json["case"]["id"]
        midnight = datetime(here.year, here.month, here.day, tzinfo=UTC) + timedelta(days=1, hours=-8)
        world.ends[person] = now if mode == "freeze_now" else midnight


def undo(world: World, rep: int) -> None:
    person = world.reps[rep].id
    if person not in world.cases:
        return
    prove(world.admin, world.field.administrator)
    answer = world.admin.request("DELETE", f"/departures/{world.cases[person]}")
    if answer.status == 200:
        del world.cases[person], world.ends[person]
        # A frozen phone has wiped itself; the person sets it up again.
        world.phones[person].sign_in(world.reps[rep])


# --- what is always true ---------------------------------------------------------------------------------------------


def nobody_reads_what_is_not_theirs(world: World) -> None:
    """Through the book and through the door to numbers, asked for every store by every rep."""
    for who in world.reps:
        phone = world.phones[who.id]
        now = clock.now()
        told = phone.request("GET", "/daybook/manifest")
        if world.is_shut_out(who.id, now):
            assert told.status == 401, (who, told.data)
        elif told.status == 401:
            phone.sign_in(who)
        asked = ",".join(str(one) for one in world.stores)
        pages = phone.request("GET", f"/daybook/pages?cards={asked}")
        given = {one["id"] for one in pages.json["cards"]} if pages.status == 200 else set()
        assert not (given and world.is_shut_out(who.id, now))
        strangers = {store for store in given if world.holder(store, now) != who.id}
        assert strangers == set(), f"{who.login} was given cards of {strangers}"


def each_visit_is_credited_once(world: World, session: Session) -> None:
    session.rollback()
    rows = session.execute(select(Visit.id, Visit.holder_id, Visit.person_id)).all()
    assert len(rows) == len({row.id for row in rows})
    assert {row.id: (row.holder_id, row.person_id) for row in rows} == world.made


@given(programme=st.lists(deeds, min_size=4, max_size=LONGEST))
@settings(
    max_examples=PROGRAMMES, suppress_health_check=list(HealthCheck), phases=[Phase.explicit, Phase.generate]
)
def test_a_visit_is_credited_once_to_who_held_the_store_and_no_card_goes_to_anybody_else(
    app: Flask, database_url: str, programme: list[tuple[Any, ...]]
) -> None:
    with app.app_context():
        session = db.session()
        try:
            world = world_of(app, session)
            for deed in programme:
                play(world, deed)
                nobody_reads_what_is_not_theirs(world)
            for rep in range(len(world.reps)):
                deliver(world, rep)
            each_visit_is_credited_once(world, session)
        finally:
            db.session.remove()
            remove_rows(database_url)
            clock.start_at(None)
