"""Several phones, a real server and links that break: one seeded day, after which I1 to I4, I6, I7 and I9 must hold.

    Simulation(house, seed=7).run(rounds=12)

In each round every phone saves something, and all push at once through links that cut requests and answers; now and
then old batches come again, an id comes with another body, the server is killed at any instant, a route changes hands.
Everything is drawn from the seed but the instants at which threads and kills meet.
"""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from server.domain.daybook import wire_version
from server.extensions import clock
from server.models import Assignment, Operation, OperationConflict, Outlet, OutletNote, StockCount, Visit
from tests.faults.house import House
from tests.faults.test_network import LOST
from tests.faulty_proxy import Fault, FaultyProxy
from tests.server.fake_phone import FakePhone, pack_body, uuid7, wire_time
from tests.server.field import Who

KILLED_ONE_ROUND_IN = 5


@dataclass
class Holder:
    """A phone, its link, its outlets, and what it was told to be true."""

    phone: FakePhone
    who: Who
    link: FaultyProxy
    outlets: tuple[int, ...]
    # What must become of each operation: applied, or the code of its quarantine.
    expected: dict[str, str] = field(default_factory=dict)
    visits: list[str] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    reused: int = 0
    # Cards as pulled bit by bit: outlet -> (version, card).
    cards: dict[int, tuple[int, dict[str, Any]]] = field(default_factory=dict)


class Simulation:
    """`house` is left with its data and running. Errors: AssertionError that names the invariant and the seed."""

    def __init__(self, house: House, seed: int) -> None:
        self.house, self.seed, self.random = house, seed, random.Random(seed)
        self.kills = 0
        self.broken = Counter[str]()
        self.reassigned_at: datetime | None = None
        self.last_visit = clock.now() - timedelta(days=1)

    def run(self, rounds: int) -> None:
        with self._people() as holders:
            for number in range(rounds):
                for one in holders:
                    self._work(one)
                if number == rounds // 2:
                    self._reassign()
                self._all_push(holders, kill=self.random.randrange(KILLED_ONE_ROUND_IN) == 0)
                for one in holders:
                    self._pull(one)
            self._settle(holders)
            for one in holders:
                self._check(one)
            self._check_all(holders)

    @contextmanager
    def _people(self) -> Iterator[list[Holder]]:
        field_ = self.house.field
        with ExitStack() as stack:
            holders = []
            for who, outlets in (
                (field_.rep, field_.outlets),
                (field_.rep, field_.outlets),
                (field_.other_rep, field_.other_outlets),
                (field_.far_rep, field_.far_outlets),
            ):
                phone = self.house.phone(who)
                link = stack.enter_context(FaultyProxy(self.house.server.port))
                self.house.through(phone, link.url)
                phone.batch = self.random.choice((3, 10, 100))
                holders.append(Holder(phone, who, link, outlets))
            yield holders
            self.house.hang_up()

    # --- what people do ----------------------------------------------------------------------------------------

    def _work(self, one: Holder) -> None:
        for _ in range(self.random.randint(1, 4)):
            deed = self.random.choices(
                (self._visit, self._note, self._poison, self._dependants), weights=(6, 3, 1, 1)
            )[0]
            deed(one)

    def _visit(self, one: Holder) -> str:
        outlet = self.random.choice(one.outlets)
        counts = {
            sku: (self.random.randint(0, 40), self.random.randint(0, 40)) for sku in self.house.field.skus
        }
        # No two visits begin in the same millisecond, so that it is certain which one was the last.
        self.last_visit = max(clock.now() - timedelta(seconds=1), self.last_visit + timedelta(milliseconds=1))
        body = one.phone.visit(outlet, at=self.last_visit, minutes=0.01, counts=counts)
        operation = one.phone.save("visit.record", body)
        one.expected[operation] = "applied"
        one.visits.append(operation)
        return operation

    def _note(self, one: Holder) -> None:
        text = f"seed {self.seed}: {uuid7(clock.now())}"
        at = wire_time(clock.now())
        operation = one.phone.save("outlet.note", {"outlet_id": one.outlets[0], "at": at, "text": text})
        one.expected[operation] = "applied"
        one.notes[operation] = text

    def _poison(self, one: Holder) -> str:
        kind, body, schema, code = self.random.choice(
            (
                ("visit.record", b"\xff no json", 1, "unreadable"),
                ("visit.record", {"visit_id": 7}, 1, "invalid"),
                ("visit.record", one.phone.visit(one.outlets[0]), 9, "newer_schema"),
                ("cooler.check", {}, 1, "unknown_kind"),
                ("visit.record", one.phone.visit(10**9), 1, "unknown_outlet"),
            )
        )
        operation = one.phone.save(kind, body, schema=schema)
        one.expected[operation] = code
        return operation

    def _dependants(self, one: Holder) -> None:
        """A note that builds on something good, and one that builds on something that is quarantined."""
        at = wire_time(clock.now())
        for first, then in ((self._visit(one), "applied"), (self._poison(one), "depends_on_quarantined")):
            body = {"outlet_id": one.outlets[0], "at": at, "text": f"after {first}"}
            operation = one.phone.save("outlet.note", body, after=first)
            one.expected[operation] = then
            if then == "applied":
                one.notes[operation] = f"after {first}"

    def _reassign(self) -> None:
        """The first route gets another rep; what was captured before it is delivered after it (I6)."""
        field_ = self.house.field
        with self.house.session() as session:
            at = clock.now()
            session.execute(
                update(Assignment)
                .where(
                    Assignment.route_id == field_.route,
                    Assignment.role == "rep",
                    Assignment.ends_at.is_(None),
                )
                .values(ends_at=at)
            )
            session.add(
                Assignment(route_id=field_.route, role="rep", person_id=field_.substitute.id, starts_at=at)
            )
            session.commit()
            self.reassigned_at = at

    # --- what goes wrong -----------------------------------------------------------------------------------------

    def _all_push(self, holders: list[Holder], *, kill: bool) -> None:
        plans = [self._plan(one) for one in holders]
        threads = [
            threading.Thread(target=self._push, args=(one, *plan))
            for one, plan in zip(holders, plans, strict=True)
        ]
        for thread in threads:
            thread.start()
        if kill:
            threads[0].join(self.random.uniform(0.0, 0.15))
            self.house.server.kill()
        for thread in threads:
            thread.join(90)
            assert not thread.is_alive(), "a push that never ends"
        if kill:
            self.kills += 1
            self.house.hang_up()
            self.house.server.start()
            self.house.assert_chain()
            self.house.assert_effects_are_audited()

    def _plan(self, one: Holder) -> tuple[Fault, list[dict[str, Any]], bool]:
        """What breaks, which old operations come again first, and whether one comes with another body."""
        fault = self.random.choices(
            (
                Fault(times=None),
                Fault(cut_up_after=self.random.randrange(3000)),
                Fault(cut_down_after=self.random.choice((0, 50, 400))),
            ),
            weights=(3, 2, 2),
        )[0]
        again = self.random.sample(one.phone.stock, min(len(one.phone.stock), self.random.choice((0, 0, 5))))
        return fault, sorted(again, key=lambda entry: entry["seq"]), self.random.random() < 0.1

    def _push(self, one: Holder, fault: Fault, again: list[dict[str, Any]], reuse: bool) -> None:
        one.link.arm(fault)
        try:
            if again:
                one.phone.push(again)
            if reuse and one.phone.stock:
                changed = dict(one.phone.stock[0], body=pack_body({"changed": one.reused}))
                answer = one.phone.send(one.phone.envelope([changed]))
                if answer.status == 200:
                    one.reused += 1
                    assert answer.json["results"][0]["code"] == "key_reuse"
            one.phone.push_all(rounds=20)
        except LOST:
            self.broken[type(fault).__name__] += 1
        finally:
            one.link.heal()

    def _pull(self, one: Holder) -> None:
        """As the phone does: the manifest, then the cards that differ; what is not listed goes."""
        with suppress(*LOST):
            answer = one.phone.request("GET", "/daybook/manifest")
            assert answer.status == 200, (self.seed, answer.data)
            listed = dict(map(tuple, answer.json["cards"]))
            wanted = [key for key, version in listed.items() if one.cards.get(key, (0, {}))[0] != version]
            pages: dict[str, Any] = {"cards": []}
            if wanted:
                pages = one.phone.request("GET", f"/daybook/pages?cards={','.join(map(str, wanted))}").json
            fresh = {card["id"]: (card["version"], card) for card in pages["cards"]}
            one.cards = {key: fresh.get(key) or one.cards[key] for key in listed}

    # --- what must hold --------------------------------------------------------------------------------------------

    def _settle(self, holders: list[Holder]) -> None:
        for one in holders:
            one.link.heal()
            one.phone.push_all()
            self._pull(one)
        # The others' last pushes may have changed a card since.
        for one in holders:
            self._pull(one)

    def _check(self, one: Holder) -> None:
        name = f"seed {self.seed}"
        assert one.phone.queue == [], f"{name} I1: the queue empties"
        with self.house.session() as session:
            rows = {
                str(row.id): row
                for row in session.scalars(
                    select(Operation).where(Operation.device_id == UUID(one.phone.device_id))
                )
            }
            assert rows.keys() == one.expected.keys(), f"{name} I1: what was saved is there, and nothing else"
            for key, row in rows.items():
                state = "applied" if row.state == "applied" else row.code
                assert state == one.expected[key], f"{name} I3/I4: {row.kind} is {row.state} {row.code}"
                assert row.body, f"{name} I3: the content is kept"
                receipts = {r["server_seq"] for r in one.phone.results[key] if r["status"] != "retry"}
                assert receipts == {row.server_seq}, f"{name} I2: one receipt, however often"
            visits = Counter(
                str(key)
                for key in session.scalars(
                    select(Visit.operation_id).where(Visit.device_id == UUID(one.phone.device_id))
                )
            )
            assert visits == Counter(one.visits), f"{name} I2: one visit an operation"
            # Their words are sealed, each time anew: they are compared when they are open.
            noted = Counter(session.scalars(select(OutletNote.text)))
            for text in one.notes.values():
                assert noted[text] == 1, f"{name} I2: one note an operation"
            if one.reused:
                kept = session.scalars(
                    select(OperationConflict.id).where(
                        OperationConflict.device_id == UUID(one.phone.device_id)
                    )
                ).all()
                assert len(kept) >= one.reused, f"{name} I3: other contents are kept"
            self._check_credit(session, one)
        self._check_cards(one)

    def _check_credit(self, session: Any, one: Holder) -> None:
        """I6: who held the route when it happened is who is credited, whenever it arrived."""
        if one.who != self.house.field.rep or self.reassigned_at is None:
            return
        for visit in session.scalars(select(Visit).where(Visit.device_id == UUID(one.phone.device_id))):
            before = visit.checked_in_at < self.reassigned_at
            holder = self.house.field.rep.id if before else self.house.field.substitute.id
            assert (visit.person_id, visit.holder_id) == (one.who.id, holder), f"seed {self.seed} I6"
            assert ("outside_assignment" in visit.flags) is not before, f"seed {self.seed} I6"

    def _check_cards(self, one: Holder) -> None:
        """I7: what the phone pulled bit by bit is what the server holds."""
        name = f"seed {self.seed} I7"
        if not one.cards:  # whose route was given away has no book any more
            assert one.who == self.house.field.rep, name
            return
        everything = ",".join(map(str, one.cards))
        pages = one.phone.request("GET", f"/daybook/pages?cards={everything}").json
        assert {card["id"]: card for card in pages["cards"]} == {
            key: card for key, (_, card) in one.cards.items()
        }, name
        with self.house.session() as session:
            for key, (version, card) in one.cards.items():
                assert wire_version(session.get_one(Outlet, key).card_version, False) == version, name
                newest = session.scalars(
                    select(Visit).where(Visit.outlet_id == key).order_by(Visit.checked_in_at.desc()).limit(1)
                ).one_or_none()
                if newest is not None:
                    rows = session.scalars(select(StockCount).where(StockCount.visit_id == newest.id))
                    counted = {row.sku_id: (row.shelf, row.backroom) for row in rows}
                    shown = zip(card["skus"], card["visits"][0][4], card["visits"][0][5], strict=True)
                    assert {sku: (shelf, back) for sku, shelf, back in shown} == counted, name

    def _check_all(self, holders: list[Holder]) -> None:
        self.house.assert_chain()
        self.house.assert_effects_are_audited()
        seqs = [
            result["server_seq"]
            for one in holders
            for key in one.expected
            for result in one.phone.results[key][-1:]
        ]
        assert len(seqs) == len(set(seqs)), f"seed {self.seed} I2: a number is one operation's"
