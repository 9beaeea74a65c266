"""D9, a database that comes back from a backup; D10, a schema that changes while phones send."""

from __future__ import annotations

import shutil
from typing import Any

import pytest
from sqlalchemy import select

from server.models import AuditEntry
from tests.databases import KINDS
from tests.faults.conftest import NewHouse
from tests.faults.house import House
from tests.faults.test_database import assert_come_back
from tests.faults.test_network import LOST
from tests.server.fake_phone import FakePhone

AT = "2026-11-20T01:00:00Z"
both = pytest.mark.parametrize("kind", KINDS)


class Backup:
    """Last night's state of a house's database. Taken and restored with the server stopped."""

    def __init__(self, house: House) -> None:
        house.hang_up()
        house.server.stop()
        self._house = house
        if house.company.postgres is None:
            self._file = house.folder / "backup.sqlite3"
            shutil.copyfile(house.file, self._file)
        else:
            self._name = house.company.postgres.new_database(template=house.database)
        house.server.start()

    def restore(self) -> None:
        house = self._house
        house.kill()
        if house.company.postgres is None:
            for path in house.data.glob(house.file.name + "*"):
                path.unlink()
            shutil.copyfile(self._file, house.file)
        else:
            house.company.postgres.drop_database(house.database)
            house.company.postgres.execute(
                f"CREATE DATABASE {house.database} TEMPLATE {self._name} STRATEGY file_copy"
            )

    def close(self) -> None:
        if self._house.company.postgres is not None:
            self._house.company.postgres.drop_database(self._name)


def walk_a_day(house: House, phone: FakePhone, outlets: tuple[int, ...]) -> list[str]:
    ids = house.visits(phone, 12, outlets)
    phone.push_all()
    assert phone.queue == []
    return ids


def restored_from(house: House) -> list[Any]:
    with house.session() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.deed == "company.restored"))
        return [entry.detail["restored_from"] for entry in entries]


@both
def test_D9_after_a_restore_phones_send_the_whole_day_again(new_house: NewHouse, kind: str) -> None:
    house = new_house(kind)
    one, other = house.phone(house.field.rep), house.phone(house.field.other_rep)
    yesterday = walk_a_day(house, one, house.field.outlets)
    backup = Backup(house)
    today = walk_a_day(house, one, house.field.outlets)
    others = walk_a_day(house, other, house.field.other_outlets)
    old_epoch = one.epoch
    backup.restore()
    house.server.start()
    assert house.visits_of(today + others) == 0, "the backup knows nothing of today"
    # The sign-ins of yesterday are still open: nobody has to do anything. The next visit tells.
    late = house.visits(one, 1)
    one.push_all()
    assert one.epoch != old_epoch
    other.save("outlet.note", {"outlet_id": house.field.other_outlets[0], "at": AT, "text": "x"})
    other.push_all()
    assert other.epoch == one.epoch, "one restore is one new epoch"
    assert (one.queue, other.queue) == ([], [])
    assert house.visits_of(today + others + late) == 25
    house.assert_once_anew(today + others + late)
    assert house.visits_of(yesterday) == 12
    assert restored_from(house) == [f"device:{one.device_id}"]
    house.assert_chain()
    house.assert_effects_are_audited()
    backup.close()


@both
def test_D9_an_operator_who_restores_says_so(new_house: NewHouse, kind: str) -> None:
    house = new_house(kind)
    phone = house.phone()
    walk_a_day(house, phone, house.field.outlets)
    backup = Backup(house)
    today = walk_a_day(house, phone, house.field.outlets)
    backup.restore()
    said = house.flask("restored", "--from", "nightly 2026-11-22")
    house.server.start()
    manifest = phone.request("GET", "/daybook/manifest").json
    assert manifest["epoch"] in said
    assert manifest["epoch"] != phone.epoch
    phone.save("outlet.note", {"outlet_id": house.field.outlets[0], "at": AT, "text": "x"})
    phone.push_all()
    assert phone.epoch == manifest["epoch"]
    house.assert_once_anew(today)
    assert restored_from(house) == ["nightly 2026-11-22"]
    backup.close()


@both
def test_D9_a_phone_that_was_registered_after_the_backup_loses_nothing(
    new_house: NewHouse, kind: str
) -> None:
    house = new_house(kind)
    backup = Backup(house)
    phone = house.phone()
    today = walk_a_day(house, phone, house.field.outlets)
    known = {"device_id": phone.device_id, "highest_seq": phone.seq}
    backup.restore()
    house.server.start()
    assert phone.send(phone.envelope()).status == 401, "its sign-in was made after the backup"
    phone.sign_in(house.field.rep, known=known)
    late = house.visits(phone, 1)
    assert phone.queue[-1]["seq"] == len(today) + 1
    phone.push_all()
    house.assert_once_anew(today + late)
    lost = house.ask("SELECT lost FROM device WHERE id IS NOT NULL")
    assert all(row[0] in ("[]", []) for row in lost), "what came after all is not called lost"
    backup.close()


def test_D10_server_away_for_a_migration_keeps_the_queue_and_goes_on(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 3)
    house.hang_up()
    house.server.stop()
    with pytest.raises(LOST):
        phone.push()
    assert [one["id"] for one in phone.queue] == ids
    house.flask("db", "upgrade")
    house.server.start()
    phone.push()
    house.assert_once(phone, ids)


@both
def test_D10_a_column_added_beside_a_running_server_disturbs_nobody(new_house: NewHouse, kind: str) -> None:
    house = new_house(kind)
    phone = house.phone()
    before = house.visits(phone, 3)
    phone.push()
    # Expand first: what the next version needs, with a default, while this version still runs.
    house.tell(
        "ALTER TABLE visit ADD COLUMN weather VARCHAR(20) NOT NULL DEFAULT ''",
        "ALTER TABLE operation ADD COLUMN sealed BOOLEAN NOT NULL DEFAULT false",
    )
    after = house.visits(phone, 3)
    phone.push()
    house.assert_once(phone, before + after)
    assert house.flask("operations", "sweep").startswith("applied 0")
    assert phone.request("GET", "/daybook/manifest").status == 200


@pytest.mark.parametrize("shared_house", ["postgresql"], indirect=True)
def test_D10_tables_locked_by_a_migration_are_a_503(house: House) -> None:
    phone = house.phone()
    ids = house.visits(phone, 2)
    with house.transaction() as migration:
        migration.exec_driver_sql("ALTER TABLE operation ADD COLUMN sealed BOOLEAN")
        assert_come_back(phone.send(phone.envelope()), "busy")
    phone.push()
    house.assert_once(phone, ids)


def test_D10_the_body_of_an_older_app_is_still_accepted(house: House) -> None:
    phone = house.phone()
    body = house.visit(phone, house.field.outlets[0])
    assert "declined" not in body, "added later, so optional"
    ids = [phone.save("visit.record", body)]
    phone.push()
    house.assert_once(phone, ids)
