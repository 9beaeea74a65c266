"""D1, D2, D3: the server is killed (SIGKILL, as a power cut ends it) at every stage of an operation's way."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy.exc import OperationalError

from tests.faults.house import House, wait_until
from tests.faults.test_network import LOST
from tests.faulty_proxy import Fault, FaultyProxy
from tests.server.fake_phone import FakePhone

KILLS = 3
# SQLite runs this for minutes inside the transaction: there the server can be found, and killed.
SLOW = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"


@contextmanager
def standstill(house: House, table: str) -> Iterator[Callable[[], bool]]:
    """Whoever inserts into `table` stands still within the transaction; yields a question whether somebody does.
    To be left when the server is dead."""
    if house.kind == "sqlite":
        house.tell(f"CREATE TRIGGER standstill BEFORE INSERT ON {table} BEGIN {SLOW}; END")
        try:
            yield lambda: _is_locked(house)
        finally:
            house.tell("DROP TRIGGER standstill")
        return
    # An EXCLUSIVE lock lets others read and holds up whoever writes.
    with house.transaction() as other:
        other.exec_driver_sql(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield lambda: _is_waiting(house)


def _is_locked(house: House) -> bool:
    """Whether somebody holds SQLite's one writing transaction, now and a moment later still."""
    waited = threading.Event()
    for _ in range(5):
        try:
            with house.impatient() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                connection.exec_driver_sql("ROLLBACK")
                return False
        except OperationalError:
            pass  # database is locked
        waited.wait(0.02)
    return True


def _is_waiting(house: House) -> bool:
    rows = house.ask(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return bool(rows[0][0])


def push_in_background(phone: FakePhone) -> threading.Thread:
    """Push until the connection breaks, and expect that it does."""

    def push() -> None:
        with pytest.raises(LOST):
            phone.push()

    thread = threading.Thread(target=push)
    thread.start()
    return thread


def kill_within(house: House, table: str, phone: FakePhone) -> None:
    """Kill the server while it stands inside the transaction that writes to `table`."""
    with standstill(house, table) as somebody_stands:
        thread = push_in_background(phone)
        wait_until(somebody_stands, f"the server inside its transaction on {table}")
        house.kill()
        thread.join(30)
    house.server.start()


@pytest.mark.parametrize(
    "table", ["stock_count", "audit_entry"], ids=["in the visit's rows", "before the audit"]
)
def test_D1_killed_before_commit_leaves_no_effect_and_no_audit_entry(house: House, table: str) -> None:
    phone = house.phone()
    ids = house.visits(phone, 1)
    length = house.assert_chain()
    kill_within(house, table, phone)
    assert house.state(ids[0]) == "received", "it was taken in before, and that is kept"
    assert house.visits_of(ids) == 0
    assert house.assert_chain() == length
    assert [one["id"] for one in phone.queue] == ids
    phone.push()
    house.assert_once(phone, ids)
    house.assert_effects_are_audited()


def test_D1_killed_while_a_batch_is_taken_in_leaves_nothing_of_it(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 5)
    kill_within(house, "operation", phone)
    assert house.states(ids) == {}
    phone.push()
    house.assert_once(phone, ids)


def test_D1_killed_at_any_instant_leaves_whole_operations_only(house: House) -> None:
    phone = house.phone()
    phone.batch = 20
    instants = random.Random(house.kind)
    ids = house.visits(phone, 20)
    for _ in range(KILLS):
        thread = threading.Thread(target=_push_and_lose, args=(phone,))
        thread.start()
        # Not a wait for something: the instant itself is what is tried.
        thread.join(instants.uniform(0.005, 0.12))
        house.kill()
        thread.join(30)
        house.server.start()
        house.assert_chain()
        house.assert_effects_are_audited()
        ids += house.visits(phone, 10)
    phone.push_all()
    assert phone.queue == []
    house.assert_once(phone, ids)


def _push_and_lose(phone: FakePhone) -> None:
    with suppress(LOST):
        phone.push()


def test_D2_killed_after_commit_and_before_the_answer(house: House, link: FaultyProxy) -> None:
    phone = house.phone()
    ids = house.visits(phone, 2)
    house.through(phone, link.url)
    link.arm(Fault(hold_answers=True, times=None))
    thread = push_in_background(phone)
    wait_until(lambda: list(house.states(ids).values()) == ["applied"] * 2, "both operations applied")
    house.kill()
    link.cut()
    thread.join(30)
    assert [one["id"] for one in phone.queue] == ids
    link.heal()
    house.server.start()
    answer = phone.push()
    assert [result["status"] for result in answer["results"]] == ["duplicate", "duplicate"]
    house.assert_once(phone, ids)


def test_D3_killed_between_inbox_and_effect_the_sweeper_applies_what_stands_there(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 3)
    kill_within(house, "visit", phone)
    assert set(house.states(ids).values()) == {"received"}
    said = house.flask("operations", "sweep")
    assert said.startswith("applied 3, quarantined 0")
    assert house.flask("operations", "sweep").startswith("applied 0")
    answer = phone.push()
    assert [result["status"] for result in answer["results"]] == ["duplicate"] * 3
    house.assert_once(phone, ids)


def test_D3_killed_between_inbox_and_effect_the_phone_sends_again_before_the_sweeper(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 3)
    kill_within(house, "visit", phone)
    answer = phone.push()
    assert [result["status"] for result in answer["results"]] == ["applied"] * 3
    assert house.flask("operations", "sweep").startswith("applied 0")
    house.assert_once(phone, ids)
