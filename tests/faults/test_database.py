"""Group D within the database: locks, lost races, broken connections, a chain that forks, an audit that fails."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from tests.faults.conftest import NewHouse
from tests.faults.house import House, wait_until
from tests.faults.test_server_killed import standstill
from tests.server.fake_phone import Answer, FakePhone

LOCKED_S = 15
PHONES = 50
HOLDER = """
import sqlite3, sys
held = sqlite3.connect(sys.argv[1], isolation_level=None)
held.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def held_by_another_process(file: Path) -> Iterator[None]:
    """SQLite's one writing transaction is somebody else's."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        try:
            yield
        finally:
            holder.communicate()


def assert_come_back(answer: Answer, code: str) -> None:
    """503 with a time to come back; a refusal that a phone understands."""
    assert answer.status == 503, answer.data
    assert answer.json["code"] == code
    assert 1 <= int(answer.headers["retry-after"]) <= 300


def test_D4_database_locked_for_15_s_is_a_503_and_then_applied(new_house: NewHouse) -> None:
    house = new_house("sqlite")
    phone = house.phone()
    ids = house.visits(phone, 2)
    began = time.monotonic()
    with held_by_another_process(house.file):
        # Readers are not held up, and the health of the server can be asked.
        assert phone.request("GET", "/daybook/manifest").status == 200
        while time.monotonic() < began + LOCKED_S:
            assert_come_back(phone.send(phone.envelope()), "busy")
        assert house.server.health() == 200
    assert house.states(ids) == {}
    phone.push()
    house.assert_once(phone, ids)
    assert "Traceback" not in house.server.log_text()


@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D4_chain_held_by_another_is_a_retry_of_that_operation(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 1)
    with house.transaction() as other:
        other.exec_driver_sql("SELECT * FROM audit_head FOR UPDATE")
        result = phone.push()["results"][0]
    assert (result["status"], result["code"]) == ("retry", "busy")
    assert result["retry_after_s"] >= 1
    assert [one["id"] for one in phone.queue] == ids
    phone.push()
    house.assert_once(phone, ids)


@pytest.mark.parametrize("table", ["operation", "stock_count"], ids=["taking in", "applying"])
@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D4_connection_to_the_database_broken_in_the_middle(house: House, table: str) -> None:
    phone = house.phone()
    ids = house.visits(phone, 2)
    answers: list[Answer] = []
    with standstill(house, table) as somebody_stands:
        thread = threading.Thread(target=lambda: answers.append(phone.send(phone.envelope())))
        thread.start()
        wait_until(somebody_stands, "the server inside its transaction")
        house.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        if table == "operation":
            thread.join(30)
    thread.join(30)
    if table == "operation":
        assert_come_back(answers[0], "busy")
    else:
        results = answers[0].json["results"]
        assert (results[0]["status"], results[0]["code"]) == ("retry", "busy")
        assert results[1]["status"] == "applied"
    phone.push()
    assert set(house.states(ids).values()) == {"applied"}
    assert house.visits_of(ids) == 2


def test_D4_database_out_of_reach_is_a_503_and_never_a_500(new_house: NewHouse) -> None:
    house = new_house("postgresql")
    assert house.company.postgres is not None
    phone = house.phone()
    ids = house.visits(phone, 2)
    house.company.postgres.execute(f"ALTER DATABASE {house.database} ALLOW_CONNECTIONS false")
    house.company.postgres.execute(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{house.database}'"
    )
    for _ in range(3):
        assert_come_back(phone.send(phone.envelope()), "busy")
    assert house.server.health() == 503
    house.company.postgres.execute(f"ALTER DATABASE {house.database} ALLOW_CONNECTIONS true")
    phone.push()
    house.assert_once(phone, ids)
    assert house.server.health() == 200


REFUSING_ON_SQLITE = """CREATE TRIGGER refusing BEFORE INSERT ON audit_entry WHEN NEW.deed = 'visit.record'
    BEGIN SELECT RAISE(ABORT, 'the audit cannot be written'); END"""
REFUSING_ON_POSTGRES = """CREATE TRIGGER refusing BEFORE INSERT ON audit_entry FOR EACH ROW
    WHEN (NEW.deed = 'visit.record') EXECUTE FUNCTION refuse()"""


@contextlib.contextmanager
def refusing_audit(house: House, code: str, *, first: int | None = None) -> Iterator[None]:
    """Each entry about a visit is refused by the database with an SQLSTATE; only the `first` ones if given."""
    if house.kind == "sqlite":
        statements, end = [REFUSING_ON_SQLITE], ["DROP TRIGGER refusing"]
    else:
        # A sequence is not rolled back: it counts the tries.
        condition = "" if first is None else f"nextval('tries') <= {first} AND "
        counted = "PERFORM nextval('tries');" if first is None else ""
        statements = [
            "CREATE SEQUENCE tries",
            f"""CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {counted}
                IF {condition} true THEN RAISE EXCEPTION 'refused' USING ERRCODE = '{code}'; END IF;
                RETURN NEW; END $$""",
            REFUSING_ON_POSTGRES,
        ]
        end = ["DROP TRIGGER refusing ON audit_entry", "DROP FUNCTION refuse", "DROP SEQUENCE tries"]
    house.tell(*statements)
    try:
        yield
    finally:
        house.tell(*end)


def deadlocks(house: House) -> int:
    return int(house.ask("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")[0][0])


def tries(house: House) -> int:
    return int(house.ask("SELECT last_value FROM tries")[0][0])


@pytest.mark.parametrize("code", ["40001", "40P01"], ids=["serialization failure", "deadlock"])
@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D7_a_lost_race_is_run_again_whole(house: House, code: str) -> None:
    phone = house.phone()
    ids = house.visits(phone, 1)
    with refusing_audit(house, code, first=4):
        assert phone.push()["results"][0]["status"] == "applied"
        assert tries(house) == 5
    house.assert_once(phone, ids)
    more = house.visits(phone, 1)
    with refusing_audit(house, code):
        result = phone.push()["results"][0]
        assert (result["status"], result["code"]) == ("retry", "busy")
        assert tries(house) == 5, "five times at most"
    assert house.visits_of(more) == 0
    phone.push()
    house.assert_once(phone, more)


@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D7_a_real_deadlock_with_a_second_connection(house: House) -> None:
    phone = house.phone()
    outlet, before = house.field.outlets[0], deadlocks(house)
    ids: list[str] = []
    # PostgreSQL looks for a deadlock once, a second after the server began to wait: on a busy machine the other one
    # may come too late to be one, and tries again.
    for _ in range(5):
        ids += house.visits(phone, 1, [outlet])
        deadlock(house, phone, outlet)
        if deadlocks(house) > before:
            break
    wait_until(lambda: deadlocks(house) > before, "a deadlock counted by the database")
    assert phone.result(ids[-1])["status"] == "applied", "run again whole, at once"
    phone.push_all()
    house.assert_once(phone, ids)


def deadlock(house: House, phone: FakePhone, outlet: int) -> None:
    """The server holds the outlet and waits for the chain; another one holds the chain and waits for the outlet."""
    with house.engine().connect() as other, other.begin():
        # The other one never looks for deadlocks: PostgreSQL finds this one in the server's connection.
        other.exec_driver_sql("SET deadlock_timeout = '60s'")
        other.exec_driver_sql("SELECT * FROM audit_head FOR UPDATE")
        thread = threading.Thread(target=phone.push)
        thread.start()
        wait_until(
            lambda: house.ask(
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            ),
            "the server waiting for the chain, holding the outlet",
        )
        other.execute(sa.text("UPDATE outlet SET chain = chain WHERE id = :id"), {"id": outlet})
    thread.join(30)


@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D12_who_holds_one_outlet_holds_up_that_outlet_only(house: House) -> None:
    phone, other_phone = house.phone(), house.phone(house.field.other_rep)
    held, free = house.field.outlets[:2]
    stuck = house.visits(phone, 1, [held])
    passing = house.visits(phone, 1, [free])
    others = house.visits(other_phone, 3, house.field.other_outlets)
    with house.transaction() as holder:
        holder.execute(sa.text("SELECT * FROM outlet WHERE id = :id FOR UPDATE"), {"id": held})
        thread = threading.Thread(target=phone.push)
        thread.start()
        wait_until(lambda: house.ask("SELECT 1 FROM pg_locks WHERE NOT granted"), "the server waiting")
        other_phone.push()
        house.assert_once(other_phone, others)
        thread.join(30)
    assert (phone.result(stuck[0])["status"], phone.result(stuck[0])["code"]) == ("retry", "busy")
    house.assert_once(phone, passing)
    phone.push()
    house.assert_once(phone, stuck)


def test_D15_a_fork_of_the_audit_chain_is_refused(house: House) -> None:
    phone = house.phone()
    house.visits(phone, 1)
    phone.push()
    length = house.assert_chain()
    copy = (
        "INSERT INTO audit_entry (seq, previous, digest, at, person_id, deed, subject, detail) "
        "SELECT :seq, previous, digest, at, person_id, deed, subject, detail FROM audit_entry WHERE seq = :last"
    )
    with house.engine().connect() as connection:
        # An appender without the lock would follow the same entry under the next number, or under the same one.
        for seq in (length + 1, length):
            with pytest.raises(IntegrityError), connection.begin():
                connection.execute(sa.text(copy), {"seq": seq, "last": length})
    assert house.assert_chain() == length


def test_D16_an_audit_that_cannot_be_written_rolls_the_effect_back(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 1)
    length = house.assert_chain()
    with refusing_audit(house, "P0001"):
        result = phone.push()["results"][0]
        assert result["status"] == "retry"
    assert house.visits_of(ids) == 0
    assert house.assert_chain() == length
    phone.push()
    house.assert_once(phone, ids)


def test_D16_what_fails_three_times_waits_for_a_person_and_can_be_replayed(house: House) -> None:
    phone, office = house.phone(), house.phone(house.field.manager)
    ids = house.visits(phone, 1)
    with refusing_audit(house, "P0001"):
        for _ in range(3):
            result = phone.push()["results"][0]
    assert (result["status"], result["code"]) == ("quarantined", "failed")
    assert house.visits_of(ids) == 0
    decided = office.request("POST", f"/operations/{ids[0]}/decide", {"decision": "replay", "note": "mended"})
    assert (decided.status, decided.json["state"]) == (200, "applied")
    assert house.visits_of(ids) == 1
    house.assert_effects_are_audited()


def test_D11_fifty_phones_at_once_get_no_error_and_the_chain_grows_in_order(new_house: NewHouse) -> None:
    """What p95 is, the benchmark measures: `sync.push_ops_per_s`."""
    for kind in ("sqlite", "postgresql"):
        house = new_house(kind)
        fifty_at_once(house)
        house.close()


def fifty_at_once(house: House) -> None:
    people = [
        (house.field.rep, house.field.outlets),
        (house.field.other_rep, house.field.other_outlets),
        (house.field.far_rep, house.field.far_outlets),
    ]
    phones: list[tuple[FakePhone, list[str]]] = []
    for number in range(PHONES):
        who, outlets = people[number % 3]
        phone = house.phone(who)
        phones.append((phone, house.visits(phone, 3, outlets)))
    gate, over = threading.Barrier(PHONES), threading.Event()
    faults: list[str] = []

    def push(phone: FakePhone) -> None:
        envelope = phone.envelope()
        gate.wait(30)
        answer = phone.send(envelope)
        if answer.status != 200:
            faults.append(f"{answer.status} {answer.data!r}")
        else:
            phone.believe(envelope, answer.json)

    def watch() -> None:
        # Whoever reads sees a chain without a hole: what has a higher number never commits before a lower one.
        with house.engine().connect() as connection:
            while not over.is_set():
                with connection.begin():
                    count, highest = connection.exec_driver_sql(
                        "SELECT count(*), max(seq) FROM audit_entry"
                    ).one()
                if count != highest:
                    faults.append(f"{count} entries up to number {highest}")

    threads = [threading.Thread(target=push, args=(phone,)) for phone, _ in phones]
    watcher = threading.Thread(target=watch)
    for thread in (watcher, *threads):
        thread.start()
    for thread in threads:
        thread.join(120)
    over.set()
    watcher.join(30)
    assert faults == []
    for phone, ids in phones:
        assert phone.queue == []
        seqs = [phone.result(one)["server_seq"] for one in ids]
        assert seqs == sorted(seqs)
    house.assert_chain()
    house.assert_effects_are_audited()
    assert house.visits_of(one for _, ids in phones for one in ids) == PHONES * 3
