"""D5: the disk is full when an operation is to be committed. Nothing is acknowledged, and it goes on after."""

from __future__ import annotations

import resource
import shutil

import pytest

from tests.faults.conftest import NewHouse
from tests.faults.disks import small_disk
from tests.faults.house import House
from tests.faults.test_database import assert_come_back
from tests.faults.test_network import worker_pids
from tests.server.fake_phone import FakePhone

FULL_ON_POSTGRES = """CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END $$"""


def push_until_full(house: House, phone: FakePhone) -> list[str]:
    """Push visits until one is refused for lack of space; the ids that were acknowledged before."""
    acknowledged: list[str] = []
    for _ in range(400):
        ids = house.visits(phone, 4)
        envelope = phone.envelope()
        answer = phone.send(envelope)
        if answer.status != 200:
            assert_come_back(answer, "storage_full")
            return acknowledged
        phone.believe(envelope, answer.json)
        acknowledged += ids
    raise AssertionError("the disk was never full")


def test_D5_disk_full_on_commit_and_space_again(new_house: NewHouse) -> None:
    house = new_house("sqlite", start=False)
    founded = house.folder / "founded"
    shutil.copytree(house.data, founded)
    with small_disk(house.data, kib=16 << 10) as disk:
        shutil.copytree(founded, house.data, dirs_exist_ok=True)
        house.server.start()
        phone = house.phone()
        disk.fill()
        acknowledged = push_until_full(house, phone)
        waiting = [one["id"] for one in phone.queue]
        assert waiting
        # Again and again the same answer, and what was acknowledged stands. Reading goes on.
        assert_come_back(phone.send(phone.envelope()), "storage_full")
        assert house.server.health() == 503
        assert phone.request("GET", "/daybook/manifest").status == 200
        house.assert_once(phone, acknowledged)
        disk.make_room()
        assert house.server.health() == 200
        phone.push_all()
        assert phone.queue == []
        house.assert_once(phone, [*acknowledged, *waiting])
        house.assert_chain()
        assert house.ask("PRAGMA integrity_check")[0][0] == "ok"
        house.kill()


def test_D5_a_database_file_that_may_not_grow(new_house: NewHouse) -> None:
    """The same without a small disk: the worker may not make files longer than the database's log is."""
    house = new_house("sqlite")
    phone = house.phone()
    ids = house.visits(phone, 2)
    phone.push()
    (worker,) = worker_pids(house.server.pid)
    log = house.file.with_name(house.file.name + "-wal").stat().st_size
    free = resource.prlimit(worker, resource.RLIMIT_FSIZE, (log, resource.RLIM_INFINITY))
    try:
        acknowledged = push_until_full(house, phone)
        house.assert_once(phone, acknowledged)
    finally:
        resource.prlimit(worker, resource.RLIMIT_FSIZE, free)
    ids += [one["id"] for one in phone.queue]
    phone.push_all()
    house.assert_once(phone, ids)
    house.assert_chain()


@pytest.mark.parametrize("table", ["operation", "visit"], ids=["taking in", "applying"])
@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D5_postgresql_without_space(house: House, table: str) -> None:
    phone = house.phone()
    ids = house.visits(phone, 3)
    house.tell(
        FULL_ON_POSTGRES,
        f"CREATE TRIGGER full_disk BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION full_disk()",
    )
    for _ in range(4):
        assert_come_back(phone.send(phone.envelope()), "storage_full")
    assert house.visits_of(ids) == 0
    assert set(house.states(ids).values()) <= {"received"}, "no space is never the operation's own failure"
    house.tell(f"DROP TRIGGER full_disk ON {table}", "DROP FUNCTION full_disk")
    phone.push()
    house.assert_once(phone, ids)
    house.assert_chain()
