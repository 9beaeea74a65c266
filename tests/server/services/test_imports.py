"""Imports as deeds: staged, looked at, confirmed once; nothing of the book changes before, nothing is doubled."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.coordinates import wgs84_to_bd09, wgs84_to_gcj02
from server.domain.tabular import Limits
from server.errors import Conflict, Invalid, NotFound, TooLarge
from server.models import (
    AuditEntry,
    Brand,
    Company,
    Contact,
    ImportBatch,
    ImportRow,
    MustSell,
    Outlet,
    OutletNote,
    Person,
    Price,
    Sku,
)
from server.services import import_reports, imports
from server.services.company import found_company
from server.services.geocoding import GeopyGeocoder, NoGeocoder, find_positions

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
HEADINGS = ["编号", "名称", "地址", "纬度", "经度"]
Stage = Callable[..., int]


@pytest.fixture
def company(session: Session) -> Session:
    found_company(name="甲", name_en="A", timezone="Asia/Hong_Kong", currency="HKD", now=NOW)
    return session


@pytest.fixture
def stage(company: Session, tmp_path: Path) -> Stage:
    """Stage rows of a list; the first is the heading row."""

    def deed(rows: list[list[str]], *, kind: str = "outlets", **options: object) -> int:
        path = tmp_path / "list"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
        options = {"now": NOW, "person_id": None, **options}
        return imports.stage_file(imports.ListFile(path, "list.csv"), kind=kind, **options)  # type: ignore[arg-type]

    return deed


def confirm(import_id: int, **options: object) -> ImportBatch:
    return imports.confirm(import_id=import_id, **{"person_id": None, "now": LATER, **options})  # type: ignore[arg-type]


def states(session: Session, import_id: int) -> dict[int, str]:
    query = select(ImportRow.row, ImportRow.state).where(ImportRow.import_id == import_id)
    return dict(session.execute(query.order_by(ImportRow.row)).all())


def rules(session: Session, import_id: int) -> list[tuple[int, str, str]]:
    found = import_reports.errors(session, import_id, "en", 1000)
    return [(int(str(one["row"])), str(one["field"]), str(one["rule"])) for one in found]


def count(session: Session, table: type) -> int:
    return session.execute(select(func.count()).select_from(table)).scalar_one()


def figures(session: Session, import_id: int) -> tuple[int, int, int, int]:
    found = import_reports.figures(imports.get_import(session, import_id))
    return found["rows"], found["accepted"], found["rejected"], found["duplicates"]


SHOPS = [
    HEADINGS,
    ["K1", "幸福超市", "軒尼詩道38號", "22.27763", "114.17050"],
    ["K2", "永利士多", "軒尼詩道145號", "22.277766", "114.173088"],
    ["K3", "", "皇后大道1號", "22.28", "114.17"],
    ["K4", "好景士多", "皇后大道2號", "114.17", "22.28"],
    ["K5", "新光商店", "皇后大道3號", "一百", "114.17"],
]


def test_the_real_list_of_hong_kong_goes_in_as_it_is(company: Session, shared_data: Path) -> None:
    path = shared_data / "outlets_hk.csv"
    first = imports.stage_file(imports.ListFile(path, path.name), kind="outlets", now=NOW, person_id=None)
    assert figures(company, first) == (1317, 1317, 0, 0)
    assert count(company, Outlet) == 0
    assert [one["rule"] for one in import_reports.notes(imports.get_import(company, first), "en")] == [
        "name_built"
    ]
    confirm(first)
    assert count(company, Outlet) == 1317
    outlet = company.execute(select(Outlet).order_by(Outlet.id)).scalars().first()
    assert outlet is not None
    assert (outlet.name, outlet.chain) == ("OK便利店 · 灣仔軒尼詩道38號地下", "OK便利店")
    assert (outlet.latitude, outlet.longitude) == (22.27763, 114.1705)
    assert (outlet.hours, outlet.outlet_class, outlet.status, outlet.import_id) == ([], "C", "active", first)
    again = imports.stage_file(imports.ListFile(path, path.name), kind="outlets", now=NOW, person_id=None)
    assert figures(company, again) == (1317, 0, 0, 1317)
    confirm(again)
    assert count(company, Outlet) == 1317


def test_nothing_of_the_book_changes_before_the_confirmation(company: Session, stage: Stage) -> None:
    import_id = stage(SHOPS)
    assert count(company, Outlet) == 0
    assert figures(company, import_id) == (5, 2, 3, 0)
    assert rules(company, import_id) == [
        (4, "name", "missing_name"),
        (5, "latitude", "swapped_position"),
        (6, "latitude", "bad_number"),
    ]
    confirm(import_id)
    assert [one.code for one in company.execute(select(Outlet).order_by(Outlet.code)).scalars()] == [
        "K1",
        "K2",
    ]


def test_a_second_confirmation_changes_nothing_and_gives_the_same_figures(
    company: Session, stage: Stage
) -> None:
    import_id = stage(SHOPS)
    confirm(import_id)
    first = figures(company, import_id)
    confirm(import_id, rows="all")
    assert figures(company, import_id) == first
    assert count(company, Outlet) == 2


def test_all_rows_take_faulty_ones_without_their_faulty_fields(company: Session, stage: Stage) -> None:
    import_id = stage(SHOPS)
    confirm(import_id, rows="all")
    assert figures(company, import_id) == (5, 4, 1, 0)
    outlet = company.execute(select(Outlet).where(Outlet.code == "K4")).scalar_one()
    assert (outlet.name, outlet.latitude, outlet.longitude) == ("好景士多", None, None)
    assert states(company, import_id)[4] == "faulty"


def test_a_choice_of_rows_that_there_is_not_is_refused(company: Session, stage: Stage) -> None:
    import_id = stage(SHOPS)
    with pytest.raises(Invalid):
        confirm(import_id, rows="some")
    assert count(company, Outlet) == 0


def test_near_copies_within_the_list_are_held_out_unless_ticked(company: Session, stage: Stage) -> None:
    rows = [HEADINGS[1:], ["永利士多", "", "22.3", "114.2"], ["永利士多店", "", "22.30005", "114.20005"]]
    import_id = stage(rows)
    assert rules(company, import_id) == [(3, "duplicate", "near_duplicate_in_file")]
    assert figures(company, import_id) == (2, 1, 0, 1)
    confirm(import_id, duplicates=[3])
    assert figures(company, import_id) == (2, 2, 0, 0)
    assert count(company, Outlet) == 2


def test_only_rows_held_out_as_copies_can_be_ticked(company: Session, stage: Stage) -> None:
    import_id = stage(SHOPS)
    with pytest.raises(Invalid) as caught:
        confirm(import_id, duplicates=[2, 99])
    assert [(one.rule, one.row) for one in caught.value.errors] == [
        ("not_a_duplicate_row", 2),
        ("not_a_duplicate_row", 99),
    ]
    assert count(company, Outlet) == 0


def test_a_code_that_is_taken_cannot_be_ticked_in(company: Session, stage: Stage) -> None:
    import_id = stage([*SHOPS[:2], ["K1", "别的店", "銅鑼灣", "22.4", "114.1"]])
    assert rules(company, import_id) == [(3, "duplicate", "same_code_in_file")]
    with pytest.raises(Invalid) as caught:
        confirm(import_id, duplicates=[3])
    assert caught.value.errors[0].rule == "same_code_cannot_go_in"


def test_the_same_list_again_is_all_copies(company: Session, stage: Stage) -> None:
    confirm(stage(SHOPS), rows="all")
    before = count(company, Outlet)
    again = stage(SHOPS)
    assert figures(company, again)[1] == 0
    confirm(again, rows="all")
    assert count(company, Outlet) == before


def test_two_lists_staged_side_by_side_do_not_double_an_outlet(company: Session, stage: Stage) -> None:
    first, second = stage(SHOPS), stage([row[1:] for row in SHOPS])
    assert figures(company, second)[1] == 2
    confirm(first)
    confirm(second)
    assert count(company, Outlet) == 2
    assert figures(company, second) == (5, 0, 3, 2)
    assert states(company, second)[2] == "duplicate"


def test_two_shops_of_a_chain_with_other_addresses_are_two(company: Session, stage: Stage) -> None:
    rows = [
        ["chain", "address", "lat", "lon"],
        ["7-Eleven", "彌敦道100號地下", "22.3", "114.17"],
        ["7-Eleven", "彌敦道102號地下", "22.3002", "114.1701"],
        ["7-Eleven", "彌敦道100號地下", "22.3", "114.17"],
    ]
    import_id = stage(rows)
    assert rules(company, import_id) == [(4, "duplicate", "same_outlet_in_file")]


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
def test_positions_of_every_system_are_stored_as_wgs84(company: Session, stage: Stage, crs: str) -> None:
    lat, lon = np.array([30.65]), np.array([104.06])
    shift = {"wgs84": lambda a, b: (a, b), "gcj02": wgs84_to_gcj02, "bd09": wgs84_to_bd09}[crs]
    there_lat, there_lon = shift(lat, lon)
    rows = [["name", "lat", "lng"], ["A", f"{there_lat[0]:.7f}", f"{there_lon[0]:.7f}"]]
    confirm(stage(rows, crs=crs))
    outlet = company.execute(select(Outlet)).scalar_one()
    assert outlet.latitude == pytest.approx(30.65, abs=1e-6)
    assert outlet.longitude == pytest.approx(104.06, abs=1e-6)


def test_a_position_swapped_below_ninety_degrees_shows_against_the_others(
    company: Session, stage: Stage
) -> None:
    rows = [["name", "lat", "lon"]]
    rows += [[f"店{chr(0x4E00 + 97 * i)}", f"{43.8 + i / 100}", f"{87.6 + i / 100}"] for i in range(9)]
    rows.append(["反了", "87.61", "43.82"])
    import_id = stage(rows)
    assert rules(company, import_id) == [(11, "latitude", "swapped_position")]
    confirm(import_id, rows="all")
    outlet = company.execute(select(Outlet).where(Outlet.name == "反了")).scalar_one()
    assert outlet.latitude is None


def test_contacts_and_notes_of_a_row_reach_the_card(company: Session, stage: Stage) -> None:
    person = Person(login="c", name="保管人", password_hash="x", created_at=NOW)
    company.add(person)
    company.commit()
    rows = [
        ["name", "联系人", "电话", "营业时间", "备注"],
        ["A", "王老板", "9123 4567", "08:00-22:00", "后门送货"],
        ["B", "", "call the owner", "", ""],
        ["C", "", "", "", ""],
    ]
    confirm(stage(rows), person_id=person.id)
    contacts = company.execute(select(Contact).order_by(Contact.id)).scalars().all()
    assert [(one.name, one.phone, one.phone_e164) for one in contacts] == [
        ("王老板", "9123 4567", "+85291234567"),
        ("", "call the owner", ""),
    ]
    assert [one.text for one in company.execute(select(OutletNote)).scalars()] == ["后门送货"]
    outlet = company.execute(select(Outlet).where(Outlet.name == "A")).scalar_one()
    assert outlet.hours == [[day, 480, 1320] for day in range(7)]


def test_a_note_that_nobody_signed_goes_with_the_people_of_the_outlet(company: Session, stage: Stage) -> None:
    confirm(stage([["name", "note"], ["A", "后门送货"]]))
    contact = company.execute(select(Contact)).scalar_one()
    assert (contact.name, contact.notes) == ("", "后门送货")


def test_a_mapping_by_hand_is_checked_anew(company: Session, stage: Stage) -> None:
    rows = [["Bezeichnung", "Breite", "Länge"], ["A", "30.1", "104.1"], ["B", "x", "104.2"]]
    import_id = stage(rows)
    batch = imports.get_import(company, import_id)
    assert imports.ignored(batch) == ["Bezeichnung", "Breite", "Länge"]
    assert figures(company, import_id) == (2, 0, 2, 0)
    mapping = {"name": "Bezeichnung", "latitude": "Breite", "longitude": "Länge"}
    imports.change_mapping(import_id=import_id, mapping=mapping, person_id=None, now=NOW)
    assert figures(company, import_id) == (2, 1, 1, 0)
    assert imports.get_import(company, import_id).mapping == mapping
    assert rules(company, import_id) == [(3, "latitude", "bad_number")]


def test_a_mapping_to_what_there_is_not_is_refused(company: Session, stage: Stage) -> None:
    for mapping, rule in (({"name": "Foo"}, "unknown_heading"), ({"colour": "名称"}, "unknown_import_field")):
        with pytest.raises(Invalid) as caught:
            stage(SHOPS, mapping=mapping)
        assert caught.value.errors[0].rule == rule
    assert count(company, ImportBatch) == 0


def test_a_confirmed_import_cannot_be_mapped_or_thrown_away(company: Session, stage: Stage) -> None:
    import_id = stage(SHOPS)
    confirm(import_id)
    with pytest.raises(Conflict):
        imports.change_mapping(import_id=import_id, mapping={}, person_id=None, now=NOW)
    with pytest.raises(Conflict):
        imports.discard(import_id=import_id, person_id=None, now=NOW)


def test_a_discarded_import_is_gone_with_its_rows(company: Session, stage: Stage) -> None:
    import_id = stage(SHOPS)
    imports.discard(import_id=import_id, person_id=None, now=NOW)
    assert count(company, ImportRow) == 0
    assert imports.find_imports(company) == []
    with pytest.raises(NotFound):
        confirm(import_id)
    assert count(company, Outlet) == 0


def test_a_file_that_breaks_off_leaves_nothing_behind(company: Session, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text("name,lat,lon\n" + "A,1,2\n" * 5000 + "B,3", encoding="utf-8")
    with pytest.raises(Invalid) as caught:
        imports.stage_file(imports.ListFile(path, "x"), kind="outlets", now=NOW, person_id=None)
    assert (caught.value.code, caught.value.errors[0].rule, caught.value.errors[0].row) == (
        "unreadable_file",
        "half_file",
        5002,
    )
    assert count(company, ImportRow) == 0
    assert count(company, ImportBatch) == 0


def test_a_list_without_rows_is_refused(company: Session, stage: Stage) -> None:
    with pytest.raises(Invalid) as caught:
        stage([HEADINGS])
    assert caught.value.errors[0].rule == "no_rows"


def test_I4_a_list_beyond_the_limits_is_too_large(company: Session, stage: Stage) -> None:
    with pytest.raises(TooLarge) as caught:
        stage(SHOPS, limits=Limits(rows=3))
    assert (caught.value.status, caught.value.errors[0].rule) == (413, "too_many_rows")
    assert count(company, ImportRow) == 0


def test_a_staging_that_was_killed_is_cleared_away_by_the_next(company: Session, stage: Stage) -> None:
    long_ago = datetime(2026, 11, 22, tzinfo=UTC)
    company.add(ImportBatch(kind="outlets", file_name="x", created_at=long_ago, state="staging"))
    company.commit()
    with pytest.raises(NotFound):
        imports.get_import(company, company.execute(select(ImportBatch.id)).scalar_one())
    stage(SHOPS)
    assert [one.state for one in company.execute(select(ImportBatch)).scalars()] == ["staged"]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\lists\\CON", "CON"),
        ("店" * 300 + ".csv", "店" * 200),
        ("a\x00b\u202e.csv", "ab.csv"),
        ("", "list"),
    ],
)
def test_I5_the_senders_file_name_is_only_words(given: str, shown: str) -> None:
    assert imports.display_name(given) == shown


def test_headings_that_repeat_are_told_apart() -> None:
    assert imports.unique_headings(["电话", " 电话 ", "", ""]) == ["电话", "电话 (2)", "", ""]


def test_every_deed_is_in_the_audit_chain_without_content(company: Session, stage: Stage) -> None:
    import_id = stage(SHOPS)
    confirm(import_id)
    entries = company.execute(select(AuditEntry).order_by(AuditEntry.seq)).scalars().all()
    assert [one.deed for one in entries] == ["company.found", "import.stage", "import.confirm"]
    assert entries[-1].subject == f"import:{import_id}"
    assert entries[-1].detail == {
        "kind": "outlets", "rows": 5, "good": 0, "faulty": 3, "duplicates": 0, "accepted": 2
    }  # fmt: skip


def test_faulty_rows_can_be_downloaded_mended_and_imported(
    company: Session, stage: Stage, tmp_path: Path
) -> None:
    import_id = stage([*SHOPS, ["K6", "=1+1店", "皇后大道", "x", "114"]])
    confirm(import_id)
    path = tmp_path / "faults.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        import_reports.write_faults(company, import_id, "zh-CN", "csv", file)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == [*HEADINGS, "文件行", "原因"]
    assert [row[5] for row in rows[1:]] == ["4", "5", "6", "7"]
    assert rows[1][6] == "name: 没有名称"
    assert rows[4][1] == "'=1+1店"
    rows[1][1], rows[2][3], rows[2][4], rows[3][3] = "皇后士多", "22.28", "114.17", "22.29"
    rows[4][3], rows[4][4] = "22.27", "114.15"
    again = stage(rows)
    assert figures(company, again) == (4, 4, 0, 0)
    confirm(again)
    assert company.execute(select(Outlet.name).where(Outlet.code == "K6")).scalar_one() == "=1+1店"


class Town:
    """A geocoder that knows one street, fails on another, and keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def locate(self, address: str) -> tuple[float, float] | None:
        self.asked.append(address)
        return (22.28, 114.15) if address.startswith("皇后大道") else None


def test_missing_positions_are_looked_up_a_few_at_a_time(company: Session, stage: Stage) -> None:
    rows = [
        ["name", "address"],
        ["甲店", "皇后大道1號"],
        ["乙店", "没有的路"],
        ["丙店", ""],
        ["丁店", "皇后大道9號"],
    ]
    import_id = stage(rows)
    town = Town()
    one = find_positions(company, town, import_id=import_id, person_id=None, now=NOW, at_most=2)
    assert (one.asked, one.found, one.remaining) == (2, 1, 1)
    two = find_positions(company, town, import_id=import_id, person_id=None, now=NOW, at_most=2)
    assert (two.asked, two.found, two.remaining) == (1, 1, 0)
    none = find_positions(company, town, import_id=import_id, person_id=None, now=NOW)
    assert none.asked == 0
    assert town.asked == ["皇后大道1號", "没有的路", "皇后大道9號"]
    found, _ = imports.find_rows(company, import_id)
    assert [[fault["rule"] for fault in row.faults] for row in found] == [
        ["position_from_geocoder"],
        ["no_position_found"],
        ["no_position"],
        ["position_from_geocoder"],
    ]
    confirm(import_id)
    outlets = company.execute(select(Outlet).order_by(Outlet.id)).scalars().all()
    assert [(one.latitude, one.position_source) for one in outlets] == [
        (22.28, "geocoder"),
        (None, "import"),
        (None, "import"),
        (22.28, "geocoder"),
    ]


def test_a_looked_up_position_can_show_a_copy(company: Session, stage: Stage) -> None:
    rows = [
        ["name", "address", "lat", "lon"],
        ["皇后士多", "", "22.28", "114.15"],
        ["皇后士多", "皇后大道1號", "", ""],
    ]
    import_id = stage(rows)
    assert rules(company, import_id) == []
    find_positions(company, Town(), import_id=import_id, person_id=None, now=NOW)
    assert rules(company, import_id) == [(3, "duplicate", "near_duplicate_in_file")]


class Answer:
    latitude, longitude = 22.3, 114.2


class FakeService:
    """Stands for one of geopy's services."""

    def __init__(self) -> None:
        self.answers: list[object] = [Answer(), None, ValueError("no such place")]

    def geocode(self, _address: str) -> object:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_the_geocoder_is_asked_once_a_second_and_its_failures_are_no_position() -> None:
    times, slept = [0.0], []

    def sleep(seconds: float) -> None:
        slept.append(round(seconds, 3))
        times[0] += seconds

    geocoder = GeopyGeocoder("nominatim", sleep=sleep, clock=lambda: times[0])
    geocoder._service = FakeService()
    assert [geocoder.locate("x") for _ in range(3)] == [(22.3, 114.2), None, None]
    assert slept == [1.0, 1.0]


def test_a_geocoder_that_answers_in_bd09_is_converted() -> None:
    geocoder = GeopyGeocoder("baidu", "key", pause_s=0)
    geocoder._service = FakeService()
    found = geocoder.locate("x")
    assert found is not None
    assert found[0] == pytest.approx(22.3, abs=0.02)
    assert found != (22.3, 114.2)


def test_a_geocoder_that_there_is_not_says_so() -> None:
    with pytest.raises(NoGeocoder):
        GeopyGeocoder("atlas")


SKUS = [
    ["商品编码", "品名", "英文名", "品牌", "箱规", "容量", "单价（元）", "条码", "必销", "顺序"],
    ["S1", "清茶 500", "Green tea", "山泉", "500ml*15", "", "¥3.50", "6901234567892", "A,B", "1"],
    ["S2", "汽水 1.25", "", "山泉", "12", "1.25L", "5", "", "", "2"],
    ["S3", "汽水 2.25", "", "新牌", "", "2.25L", "8", "", "", "3"],
    ["S4", "果汁", "", "新牌", "24", "", "3.555", "", "", "4"],
    ["S5", "果汁 5", "", "新牌", "24", "", "3", "6901234567890", "", "5"],
]


def test_skus_go_in_with_brands_prices_and_must_sell_lists(company: Session, stage: Stage) -> None:
    import_id = stage(SKUS, kind="skus")
    assert rules(company, import_id) == [
        (4, "pack", "missing_pack"),
        (5, "price", "too_many_decimals"),
        (6, "barcode", "bad_barcode"),
    ]
    version = company.execute(select(Company.catalogue_version)).scalar_one()
    confirm(import_id)
    sku = company.execute(select(Sku).where(Sku.code == "S1")).scalar_one()
    assert (sku.name, sku.pack, sku.volume_ml, sku.barcode) == ("清茶 500", 15, 500, "6901234567892")
    assert company.execute(select(Brand.name)).scalars().all() == ["山泉"]
    prices = company.execute(select(Price.piece_minor).order_by(Price.id)).scalars().all()
    assert prices == [350, 500]
    assert sorted(company.execute(select(MustSell.outlet_class)).scalars()) == ["A", "B"]
    assert company.execute(select(Company.catalogue_version)).scalar_one() == version + 1


def test_faulty_skus_go_in_without_the_field_where_enough_is_left(company: Session, stage: Stage) -> None:
    import_id = stage(SKUS, kind="skus")
    confirm(import_id, rows="all")
    assert figures(company, import_id) == (5, 4, 1, 0)
    assert count(company, Price) == 3
    again = stage(SKUS, kind="skus")
    confirm(again, rows="all")
    assert count(company, Sku) == 4


def test_the_same_sku_twice_in_a_list_is_a_copy(company: Session, stage: Stage) -> None:
    rows = [
        SKUS[0],
        SKUS[1],
        ["S9", *SKUS[1][1:]],
        ["S8", "清茶 500", "", "山泉", "15", "500", "", "", "", ""],
    ]
    assert rules(company, stage(rows, kind="skus")) == [
        (3, "duplicate", "same_sku_in_file"),
        (4, "duplicate", "same_sku_in_file"),
    ]


def test_ten_thousand_random_rows_are_never_doubled_or_lost(company: Session, stage: Stage) -> None:
    """rows = accepted + rejected + duplicates, and the book holds exactly what was accepted."""
    chance = random.Random(4)
    rows = [HEADINGS]
    for number in range(10_000):
        name = chance.choice(["", f"店{number % 4000}", f"舖{number}"])
        rows.append(
            [
                f"C{number % 9000}",
                name,
                f"路{number % 700}號",
                f"{chance.uniform(22, 22.5):.5f}",
                chance.choice(["x", f"{chance.uniform(114, 114.5):.5f}"]),
            ]
        )
    import_id = stage(rows)
    confirm(import_id, rows="all")
    total, accepted, rejected, duplicates = figures(company, import_id)
    assert total == 10_000 == accepted + rejected + duplicates
    assert min(accepted, rejected, duplicates) > 100
    assert count(company, Outlet) == accepted


def test_wanted_visits_and_minutes_of_a_list_are_kept_for_the_planner(company: Session, stage: Stage) -> None:
    headings = ["编号", "名称", "拜访频率", "拜访分钟"]
    confirm(stage([headings, ["K1", "幸福超市", "每周2次", "12"], ["K2", "永利士多", "隔周", ""]]))
    found = company.execute(
        select(Outlet.code, Outlet.visits_per_4_weeks, Outlet.service_minutes).order_by(Outlet.code)
    ).all()
    assert found == [("K1", 8, 12), ("K2", 2, None)]
