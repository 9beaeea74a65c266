"""Rows of lists: headings that are known, cells that are read, and which two rows are one outlet."""

from __future__ import annotations

import math
import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.coordinates import Crs
from server.domain.imports import values
from server.domain.imports.duplicates import Places, find_duplicates
from server.domain.imports.findings import FATAL_RULES, CheckedRow
from server.domain.imports.headings import (
    HEADINGS,
    UnknownMapping,
    columns_of,
    find_heading_row,
    ignored_headings,
    recognise,
)
from server.domain.imports.hours import read_hours
from server.domain.imports.outlets import TEXT_LENGTHS, OutletOptions, check_outlets
from server.domain.imports.sentences import SENTENCES, TITLES
from server.domain.imports.skus import check_skus
from server.domain.imports.values import BadCell
from server.domain.names import skeleton

# -- headings


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (
            ["门店编号", "门店名称", "英文名", "连锁", "等级", "渠道", "地址", "纬度", "经度"],
            [
                "code",
                "name",
                "name_en",
                "chain",
                "outlet_class",
                "channel",
                "address",
                "latitude",
                "longitude",
            ],
        ),
        (
            ["門店編號", "門店名稱", "英文名稱", "連鎖", "等級", "渠道", "地址", "緯度", "經度"],
            [
                "code",
                "name",
                "name_en",
                "chain",
                "outlet_class",
                "channel",
                "address",
                "latitude",
                "longitude",
            ],
        ),
        (
            [
                "Store Code",
                "Store name",
                "Chain",
                "Class",
                "Street Address",
                "Lat.",
                "LNG",
                "Owner name",
                "Phone No",
            ],
            [
                "code",
                "name",
                "chain",
                "outlet_class",
                "address",
                "latitude",
                "longitude",
                "contact_name",
                None,
            ],
        ),
        (
            ["联系人", "联系电话", "营业时间", "拜访频率", "拜访时长（分钟）", "备注"],
            ["contact_name", "contact_phone", "hours", "frequency", "minutes", "note"],
        ),
        (
            ["纬度(WGS84)", " Ｌongitude ", "opening_hours", "OUTLET-NAME"],
            ["latitude", "longitude", "hours", "name"],
        ),
        (["颜色", "", "sales 2025"], [None, None, None]),
    ],
)
def test_headings_of_outlets_are_known_in_three_scripts(
    headings: list[str], fields: list[str | None]
) -> None:
    found = recognise("outlets", headings)
    assert found == {field: column for column, field in enumerate(fields) if field}


def test_headings_of_skus_are_known() -> None:
    headings = ["商品编码", "品名", "英文名", "品牌", "箱规", "容量", "单价（元）", "条码", "必销", "顺序"]
    assert list(recognise("skus", headings)) == [
        "code", "name", "name_en", "brand", "pack", "volume_ml", "price", "barcode", "must_sell", "position"
    ]  # fmt: skip
    assert list(recognise("skus", ["SKU", "Product Name", "Brand", "Pack size", "Unit price", "EAN"])) == [
        "code", "name", "brand", "pack", "price", "barcode"
    ]  # fmt: skip


@pytest.mark.parametrize("heading", ["单价(分)", "price (fen)", "Price [cents]", "price_minor"])
def test_a_price_in_minor_units_is_told_by_its_heading(heading: str) -> None:
    assert list(recognise("skus", [heading])) == ["price_minor"]


@pytest.mark.parametrize("kind", HEADINGS)
def test_no_heading_means_two_fields(kind: str) -> None:
    seen: dict[str, str] = {}
    for field, names in HEADINGS[kind].items():
        for name in names.split():
            assert seen.setdefault(name, field) == field, name


def test_of_two_columns_for_one_field_the_first_counts() -> None:
    assert recognise("outlets", ["名称", "门店名称"]) == {"name": 0}
    assert ignored_headings(["名称", "门店名称"], {"name": 0}) == ["门店名称"]


def test_a_mapping_by_hand_overrules_and_frees_the_column() -> None:
    headings = ["name", "Bezeichnung", "lat"]
    assert columns_of("outlets", headings, {"name": "Bezeichnung"}) == {"name": 1, "latitude": 2}
    assert columns_of("outlets", headings, {"chain": "name"}) == {"chain": 0, "latitude": 2}
    assert columns_of("outlets", headings, {"name": ""}) == {"latitude": 2}


def test_a_mapping_to_nothing_names_what_there_is() -> None:
    with pytest.raises(UnknownMapping) as caught:
        columns_of("outlets", ["a", "b"], {"name": "c"})
    assert (caught.value.rule, caught.value.params["allowed"]) == ("unknown_heading", "a, b")


def test_headings_below_a_title_are_found() -> None:
    rows = [(1, ["门店清单 2026"]), (3, ["名称", "地址", "纬度"]), (4, ["A", "B", "1"])]
    assert find_heading_row("outlets", rows) == 1


def test_one_known_word_in_the_data_is_no_heading_row() -> None:
    assert find_heading_row("outlets", [(1, ["Bezeichnung", "Breite"]), (2, ["Open", "x1"])]) == 0
    assert find_heading_row("outlets", []) == 0


# -- cells


@pytest.mark.parametrize(
    ("cell", "number"),
    [("3", 3), ("-2.5", -2.5), ("１２．５", 12.5), ("1,200.5", 1200.5), (".5", 0.5), ("−1", -1)],
)
def test_numbers_are_read_as_they_are_written(cell: str, number: float) -> None:
    assert values.read_number(cell) == number


@pytest.mark.parametrize(
    "cell",
    ["NaN", "Infinity", "-inf", "1e400", "1e5", "0x10", "1_000", "一百", "1.2.3", "12 34", "1,20", "9" * 40],
)
def test_H1_what_is_no_finite_number_is_refused(cell: str) -> None:
    with pytest.raises(BadCell) as caught:
        values.read_number(cell)
    assert caught.value.rule == "bad_number"


@given(st.text(max_size=30))
def test_H1_any_text_is_a_finite_number_or_refused(cell: str) -> None:
    try:
        number = values.read_degrees(cell)
    except BadCell:
        return
    assert math.isfinite(number)


@pytest.mark.parametrize(
    ("cell", "degrees"), [("22.5", 22.5), ("22,5", 22.5), ("22.5°", 22.5), ("114,170", 114.17)]
)
def test_degrees_may_have_a_decimal_comma(cell: str, degrees: float) -> None:
    assert values.read_degrees(cell) == degrees


@pytest.mark.parametrize(
    ("cell", "minor"),
    [
        ("3.5", 350),
        ("¥3.50", 350),
        ("￥3.5", 350),
        ("3.5元", 350),
        ("HK$12", 1200),
        ("1,200.00", 120000),
        ("0.29", 29),
    ],
)
def test_money_is_exact_to_the_minor_unit(cell: str, minor: int) -> None:
    assert values.read_money_minor(cell) == minor


@pytest.mark.parametrize(
    ("cell", "rule"),
    [
        ("3.555", "too_many_decimals"),
        ("-1", "out_of_range"),
        ("1e3", "bad_number"),
        ("10000000", "out_of_range"),
    ],
)
def test_money_that_is_none_is_refused(cell: str, rule: str) -> None:
    with pytest.raises(BadCell) as caught:
        values.read_money_minor(cell)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("cell", "pack"),
    [
        ("24", (24, None)),
        ("24.0", (24, None)),
        ("1×24", (24, None)),
        ("1*12瓶", (12, None)),
        ("24瓶/箱", (24, None)),
        ("500ml*15", (15, 500)),
        ("1.25L x 12", (12, 1250)),
        ("330毫升×24罐", (24, 330)),
        ("12pcs/case", (12, None)),
    ],
)
def test_packs_are_read_in_the_ways_they_are_written(cell: str, pack: tuple[int, int | None]) -> None:
    assert values.read_pack(cell) == pack


@pytest.mark.parametrize("cell", ["0", "-3", "1.5", "many", "5000", "24+1", ""])
def test_H2_a_pack_that_is_no_whole_number_of_pieces_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        values.read_pack(cell)


@pytest.mark.parametrize(
    ("cell", "ml"), [("500", 500), ("500ml", 500), ("1.25L", 1250), ("0.5升", 500), ("33cl", 330)]
)
def test_volumes_become_millilitres(cell: str, ml: int) -> None:
    assert values.read_volume_ml(cell) == ml


@pytest.mark.parametrize("cell", ["0", "1.5ml", "-1", "big", "999L"])
def test_a_volume_that_is_none_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        values.read_volume_ml(cell)


@pytest.mark.parametrize(
    ("cell", "letter"),
    [("A", "A"), ("b", "B"), ("Ｃ", "C"), ("丁", "D"), ("A类", "A"), ("甲級", "A"), ("Class B", "B")],
)
def test_classes_go_by_letters_and_stems(cell: str, letter: str) -> None:
    assert values.read_class(cell) == letter


@pytest.mark.parametrize(
    ("cell", "letters"),
    [
        ("A,B", "AB"),
        ("AB", "AB"),
        ("B/A", "AB"),
        ("全部", "ABCD"),
        ("否", ""),
        ("A、C", "AC"),
        ("甲;乙", "AB"),
    ],
)
def test_must_sell_classes_are_a_list(cell: str, letters: str) -> None:
    assert values.read_classes(cell) == list(letters)


@pytest.mark.parametrize("cell", ["E", "特级", "A+", "1"])
def test_an_unknown_class_is_named(cell: str) -> None:
    with pytest.raises(BadCell) as caught:
        values.read_class(cell)
    assert caught.value.params["given"] == cell


@pytest.mark.parametrize("cell", ["6901234567892", "69 0123 4567 892", "96385074", "012345678905"])
def test_barcodes_with_a_right_check_digit_are_taken(cell: str) -> None:
    assert values.read_barcode(cell).isdigit()


@pytest.mark.parametrize("cell", ["6901234567890", "123", "x", "６９０"])
def test_barcodes_with_a_wrong_check_digit_are_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        values.read_barcode(cell)


@pytest.mark.parametrize(
    ("cell", "visits"),
    [
        ("weekly", 4),
        ("每周2次", 8),
        ("2", 8),
        ("0.5", 2),
        ("隔周", 2),
        ("每月", 1),
        ("两周一次", 2),
        ("3次/周", 12),
        ("7", 28),
    ],
)
def test_frequencies_become_visits_in_four_weeks(cell: str, visits: int) -> None:
    assert values.read_frequency(cell) == visits


@pytest.mark.parametrize("cell", ["often", "0", "8", "0.3", "-1", "1.5"])
def test_a_frequency_that_no_week_cycle_has_is_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        values.read_frequency(cell)


@pytest.mark.parametrize(
    ("cell", "region", "e164", "state"),
    [
        ("13800138000", "CN", "+8613800138000", "valid"),
        ("138 0013 8000", "CN", "+8613800138000", "valid"),
        ("010-62552211", "CN", "+861062552211", "valid"),
        ("9123 4567", "HK", "+85291234567", "valid"),
        ("+852 2345 6789", "CN", "+85223456789", "valid"),
        ("٩١٢٣٤٥٦٧", "HK", "+85291234567", "valid"),
        ("９１２３４５６７", "HK", "+85291234567", "valid"),
        ("1" * 40, "HK", "", "unparsed"),
        ("call the owner", "HK", "", "unparsed"),
        ("12", "HK", "", "unparsed"),
    ],
)
def test_H10_phone_numbers_are_parsed_or_kept_raw(cell: str, region: str, e164: str, state: str) -> None:
    assert values.read_phone(cell, region) == (e164, state)


@pytest.mark.parametrize(("region", "digits"), [("CN", 11), ("HK", 8)])
def test_the_short_way_for_plain_numbers_says_what_the_library_says(region: str, digits: int) -> None:
    chance = random.Random(11)
    pattern = values._plain_numbers(region)
    assert pattern is not None
    for _ in range(600):
        first = "1" if region == "CN" else chance.choice("23456789")
        number = first + "".join(chance.choice("0123456789") for _ in range(digits - 1))
        if pattern.fullmatch(number):
            parsed = values.phonenumbers.parse(number, region)
            assert values.phonenumbers.is_valid_number(parsed), number
            assert values.read_phone(number, region)[0] == f"+{parsed.country_code}{number}"


EVERY = range(7)


@pytest.mark.parametrize(
    ("cell", "spans"),
    [
        ("08:00-22:00", [[day, 480, 1320] for day in EVERY]),
        ("8:00–22:00", [[day, 480, 1320] for day in EVERY]),
        ("8時30分至22時", [[day, 510, 1320] for day in EVERY]),
        ("8am to 10pm", [[day, 480, 1320] for day in EVERY]),
        ("24小时", [[day, 0, 1440] for day in EVERY]),
        ("24/7", [[day, 0, 1440] for day in EVERY]),
        ("周一至周五 8:00-20:00; 周六 9:00-18:00", [*([day, 480, 1200] for day in range(5)), [5, 540, 1080]]),
        (
            "Mon-Fri 08:00-12:00,14:00-18:00",
            sorted([d, *s] for d in range(5) for s in ((480, 720), (840, 1080))),
        ),
        ("星期日 10:00-16:00", [[6, 600, 960]]),
        ("周六、周日 10:00-16:00", [[5, 600, 960], [6, 600, 960]]),
        ("Saturday 22:00-02:00", [[5, 1320, 1440], [6, 0, 120]]),
        ("周日 20:00-24:00", [[6, 1200, 1440]]),
        ("Sat-Mon 9:00-10:00", [[0, 540, 600], [5, 540, 600], [6, 540, 600]]),
    ],
)
def test_opening_hours_are_read_as_people_write_them(cell: str, spans: list[list[int]]) -> None:
    assert read_hours(cell) == spans


@pytest.mark.parametrize(
    "cell", ["早到晚", "8-", "25:00-26:00", "08:70-09:00", "周八 8:00-9:00", "8:00-22:00 maybe", ";"]
)
def test_hours_that_cannot_be_read_are_refused(cell: str) -> None:
    with pytest.raises(BadCell):
        read_hours(cell)


@given(st.text(alphabet="0123456789:-~至周一二日 ;,amponthu小时24", max_size=40))
def test_any_hours_are_spans_within_a_week_or_refused(cell: str) -> None:
    try:
        spans = read_hours(cell)
    except BadCell:
        return
    assert spans
    assert all(0 <= day <= 6 and 0 <= opens < closes <= 1440 for day, opens, closes in spans)


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=20))
def test_the_fast_skeleton_is_the_skeleton(name: str) -> None:
    assert values.looks_of(name) == skeleton(name)


# -- rows of outlets


def checked(cells: dict[str, str], **options: object) -> CheckedRow:
    columns = {field: column for column, field in enumerate(cells)}
    rows = [(2, list(cells.values()))]
    return check_outlets(rows, columns, len(cells), OutletOptions(**options))[0]  # type: ignore[arg-type]


def faults(row: CheckedRow) -> list[tuple[str, str]]:
    return [(one.field, one.rule) for one in row.findings if one.severity == "error"]


def test_a_list_without_names_builds_them_from_chain_and_address() -> None:
    row = checked(
        {"chain": "OK便利店", "address": "灣仔軒尼詩道38號地下", "latitude": "22.2", "longitude": "114.1"}
    )
    assert row.values["name"] == "OK便利店 · 灣仔軒尼詩道38號地下"
    assert [(one.rule, one.severity) for one in row.findings] == [("name_built", "info")]


def test_a_row_without_address_builds_no_name() -> None:
    assert faults(checked({"chain": "OK便利店", "address": ""})) == [("name", "missing_name")]


def test_a_list_with_a_name_column_builds_none() -> None:
    assert faults(checked({"name": " ", "chain": "OK", "address": "路1號"})) == [("name", "missing_name")]


@pytest.mark.parametrize("name", ["", "  ", "\u3000", "n/a", "-", "无", "???", "…"])
def test_a_name_that_says_nothing_is_missing(name: str) -> None:
    assert faults(checked({"name": name})) == [("name", "missing_name")]


@pytest.mark.parametrize(
    ("lat", "lon", "found"),
    [
        ("22.2", "114.1", []),
        ("114.1", "22.2", [("latitude", "swapped_position")]),
        ("95", "120", [("latitude", "impossible_position")]),
        ("0", "0", [("latitude", "zero_position")]),
        ("22.2", "", [("longitude", "half_position")]),
        ("NaN", "114.1", [("latitude", "bad_number")]),
        ("x", "y", [("latitude", "bad_number"), ("longitude", "bad_number")]),
        ("", "", []),
    ],
)
def test_positions_that_cannot_be_true_are_named(lat: str, lon: str, found: list[tuple[str, str]]) -> None:
    row = checked({"name": "A", "latitude": lat, "longitude": lon})
    assert faults(row) == found
    assert ("latitude" in row.values) == (not found and lat != "")


def test_positions_in_gcj02_come_out_in_wgs84() -> None:
    row = checked({"name": "A", "latitude": "30.0", "longitude": "104.0"}, crs=Crs.GCJ02)
    assert row.values["latitude"] != 30.0
    assert row.values["latitude"] == pytest.approx(30.0, abs=0.01)


@pytest.mark.parametrize("field", TEXT_LENGTHS)
def test_text_that_is_too_long_is_named_and_never_cut(field: str) -> None:
    cells = {"name": "A", field: "长" * (TEXT_LENGTHS[field] + 1)}
    row = checked(cells)
    assert (field, "text_too_long") in faults(row)
    assert field not in row.values
    assert not row.storable


@pytest.mark.parametrize("bad", ["\x07", "\x1b[31m", "\ufffd", "\u202e", "\x85\x9c", "\u2066"])
def test_control_characters_are_named(bad: str) -> None:
    row = checked({"name": f"幸福{bad}超市", "note": "fine\nlines"})
    assert faults(row) == [("name", "control_character")]
    assert row.values["note"] == "fine\nlines"


def test_wide_spaces_and_line_breaks_in_a_name_become_one_space() -> None:
    assert checked({"name": "幸福\u3000\n 超市"}).values["name"] == "幸福 超市"


def test_spaces_written_as_in_web_addresses_become_spaces_again() -> None:
    row = checked({"name": "OK%20便利店", "address": "博覽道1號博覽商場%2010%20舖", "note": "打折%20"})
    assert row.values["name"] == "OK 便利店"
    assert row.values["address"] == "博覽道1號博覽商場 10 舖"
    assert row.values["note"] == "打折%20"
    assert faults(row) == []
    told = [one.field for one in row.findings if one.rule == "spaces_restored"]
    assert told == ["name", "address"]


def test_cells_beyond_the_headings_are_a_fault() -> None:
    rows = [(2, ["A", "b", "c"]), (3, ["B", "b", ""]), (4, ["C"])]
    found = check_outlets(rows, {"name": 0, "note": 1}, 2, OutletOptions())
    assert [faults(row) for row in found] == [[("row", "extra_cells")], [], []]


def test_an_escaped_formula_comes_back_as_it_was() -> None:
    assert checked({"name": "'=1+1店"}).values["name"] == "=1+1店"


def test_markup_is_only_text() -> None:
    assert checked({"name": "<script>alert(1)</script>"}).values["name"] == "<script>alert(1)</script>"


@given(st.lists(st.text(max_size=60), min_size=6, max_size=6))
def test_no_row_of_any_text_breaks_the_check(cells: list[str]) -> None:
    fields = ["name", "latitude", "longitude", "contact_phone", "hours", "minutes"]
    row = check_outlets([(2, cells)], {field: i for i, field in enumerate(fields)}, 6, OutletOptions())[0]
    assert row.storable == ("name" in row.values and not any(one.fatal for one in row.findings))


def test_every_finding_has_a_sentence_in_both_languages() -> None:
    for pair in [*SENTENCES.values(), *TITLES.values()]:
        assert all(pair)
    assert FATAL_RULES - set(SENTENCES) == set()


def test_rows_of_skus_name_their_faults() -> None:
    columns = {"name": 0, "pack": 1, "price": 2}
    rows = [(2, ["水", "24", "2.5"]), (3, ["", "24", "2"]), (4, ["茶", "", "x"])]
    found = check_skus(rows, columns, 3)
    assert [faults(row) for row in found] == [
        [],
        [("name", "missing_name")],
        [("pack", "missing_pack"), ("price", "bad_number")],
    ]
    assert found[0].values == {"name": "水", "brand": "其他", "pack": 24, "price_minor": 250}


# -- copies


def places(*rows: tuple[str, str, float | None, float | None], chain: str = "") -> Places:
    """(name, address, latitude, longitude); keys count from 1."""
    made = Places()
    for key, (name, address, lat, lon) in enumerate(rows, start=1):
        made.add(
            key,
            {
                "name_skeleton": skeleton(name),
                "address": address,
                "chain": chain,
                "latitude": lat,
                "longitude": lon,
            },
        )
    return made


def copies(*rows: tuple[str, str, float | None, float | None], chain: str = "") -> dict[int, str]:
    return {key: found.rule for key, found in find_duplicates(Places(), places(*rows, chain=chain)).items()}


LAT, LON = 22.3, 114.17
# About 33 m north.
NEAR = LAT + 0.0003
# About 110 m north.
BLOCK = LAT + 0.001


def test_one_name_within_a_block_is_a_copy_and_beyond_it_is_not() -> None:
    assert copies(("永利士多", "", LAT, LON), ("永利 士多", "", BLOCK, LON)) == {2: "near_duplicate"}
    assert copies(("永利士多", "", LAT, LON), ("永利士多", "", LAT + 0.002, LON)) == {}


def test_like_names_are_copies_only_close_by() -> None:
    assert copies(("永利士多", "", LAT, LON), ("永利士多店", "", NEAR, LON)) == {2: "near_duplicate"}
    assert copies(("永利士多", "", LAT, LON), ("永利士多店", "", BLOCK, LON)) == {}
    assert copies(("永利士多", "", LAT, LON), ("好景超市", "", LAT, LON)) == {}


def test_H4_look_alike_letters_are_one_name() -> None:
    assert copies(("Lucky", "", LAT, LON), ("Luсkу", "", NEAR, LON)) == {2: "near_duplicate"}


def test_names_that_differ_in_a_number_are_two_shops() -> None:
    assert copies(("City Kiosk 1", "", LAT, LON), ("City Kiosk 2", "", LAT, LON)) == {}


def test_two_shops_of_a_chain_thirty_metres_apart_are_two() -> None:
    rows = (("7-Eleven", "彌敦道100號", LAT, LON), ("7-Eleven", "彌敦道102號", NEAR, LON))
    assert copies(*rows, chain="7-Eleven") == {}
    assert copies(*rows) == {2: "near_duplicate"}


def test_a_name_that_many_bear_is_a_chains() -> None:
    rows = [("7-Eleven", f"彌敦道{100 + 2 * i}號", LAT + i * 0.0003, LON) for i in range(6)]
    assert copies(*rows) == {}


def test_streets_of_one_place_with_one_house_number_are_two_addresses() -> None:
    rows = (
        ("7eleven", "香港中環雲咸街 41 號地下", LAT, LON),
        ("7eleven", "香港中環德己立街41號地下", LAT, LON),
    )
    assert copies(*rows, chain="7eleven") == {}


def test_one_address_written_in_two_ways_is_one_shop_of_a_chain() -> None:
    rows = (
        ("OK便利店", "灣仔軒尼詩道38號地下", LAT, LON),
        ("OK便利店", "灣仔軒尼詩道 38 號地下舖", NEAR, LON),
    )
    assert copies(*rows, chain="OK便利店") == {2: "near_duplicate"}


def test_one_name_and_address_is_a_copy_wherever_it_lies() -> None:
    rows = (("永利士多", "軒尼詩道38號", LAT, LON), ("永利士多", "軒尼詩道38號", LAT + 1, LON))
    assert copies(*rows) == {2: "same_outlet"}
    assert copies(("永利士多", "軒尼詩道38號", None, None), rows[0]) == {2: "same_outlet"}


def test_an_address_without_a_number_does_not_make_far_shops_one() -> None:
    assert copies(("供销社", "城关镇", LAT, LON), ("供销社", "城关镇", LAT + 0.1, LON)) == {}


def test_names_without_place_and_address_are_compared_by_name() -> None:
    assert copies(("永利士多", "", None, None), ("永利士多", "", None, None)) == {2: "same_outlet"}


def test_an_outlet_of_the_book_is_found_and_named() -> None:
    book, new = places(("永利士多", "", LAT, LON)), places(("永利士多", "", NEAR, LON))
    book.keys = [17]
    found = find_duplicates(book, new)[1]
    assert (found.rule, found.other, found.in_book, found.metres) == ("near_duplicate", 17, True, 33)


def test_copies_within_the_book_are_not_the_lists_business() -> None:
    book = places(("永利士多", "", LAT, LON), ("永利士多", "", LAT, LON))
    assert find_duplicates(book, places(("好景", "", LAT, LON))) == {}


@pytest.mark.parametrize("lat", [-89.0, -33.9, 0.0, 22.3, 65.0])
@pytest.mark.parametrize("lon", [-179.0, 0.0, 114.17])
def test_copies_are_found_across_every_edge_of_the_grid(lat: float, lon: float) -> None:
    """All pairs within 150 m, against a comparison of each with each."""
    chance = random.Random(f"{lat} {lon}")
    scale = 1 / math.cos(math.radians(lat))
    rows = [
        ("same", "", lat + chance.uniform(-0.004, 0.004), lon + chance.uniform(-0.004, 0.004) * scale)
        for _ in range(4)
        for _ in range(15)
    ]
    made = places(*rows)
    expected = set()
    for i, (_, _, a_lat, a_lon) in enumerate(rows):
        for _, _, b_lat, b_lon in rows[:i]:
            north = (a_lat - b_lat) * 111_195
            east = (a_lon - b_lon) * 111_195 * math.cos(math.radians((a_lat + b_lat) / 2))
            if math.hypot(north, east) <= 149:
                expected.add(i + 1)
    # All bear one name, so they count as a chain's: without an address, distance alone decides.
    found = find_duplicates(Places(), made)
    assert expected <= set(found)
    assert all(one.metres is not None and one.metres <= 150 for one in found.values())


def test_thousands_of_rows_on_one_spot_do_not_take_hours() -> None:
    made = places(
        *((f"{chr(0x4E00 + i % 5000)}记{chr(0x5E00 + i % 977)}店{i}", "", LAT, LON) for i in range(5000))
    )
    began = time.monotonic()
    found = find_duplicates(Places(), made)
    assert time.monotonic() - began < 10
    assert len(found) < 5000
