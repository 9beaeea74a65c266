"""Reading lists of unknown origin: what is read, and what is refused with which words."""

import contextlib
import io
import random
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from server.domain.tabular import Limits, Row, Table, UnreadableFile, open_table, sniff_delimiter
from server.domain.tabular_writing import formula_safe, unescaped, write_csv, write_xlsx

SIMPLIFIED = "名称,地址,备注\n" + "".join(f"幸福超市{i},城关镇人民路{i}号,送货走后门\n" for i in range(30))
TRADITIONAL = "名稱,地址,備註\n" + "".join(
    f"幸福超級市場{i},灣仔軒尼詩道{i}號地下,後門送貨\n" for i in range(30)
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def read(path: Path, limits: Limits | None = None, encoding: str = "") -> list[Row]:
    with open_table(path, limits, encoding) as table:
        return list(table.rows)


def opened(path: Path) -> Table:
    with open_table(path) as table:
        return table


def refusal(path: Path, limits: Limits | None = None, encoding: str = "") -> UnreadableFile:
    with pytest.raises(UnreadableFile) as caught:
        read(path, limits, encoding)
    return caught.value


def workbook(path: Path, rows: list[list[object]], **sheets: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(path)
    for name, content in {"Sheet1": rows, **sheets}.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(content):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write(number, column, cell)
    book.close()
    return path


# -- codings


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "gb18030", "gbk"]
)
def test_a_simplified_chinese_list_is_read_in_every_usual_coding(file: Path, encoding: str) -> None:
    file.write_bytes(SIMPLIFIED.encode(encoding))
    rows = read(file)
    assert rows[0] == (1, ["名称", "地址", "备注"])
    assert rows[30] == (31, ["幸福超市29", "城关镇人民路29号", "送货走后门"])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "big5", "cp950", "big5hkscs", "gb18030"])
def test_a_traditional_chinese_list_is_read_in_every_usual_coding(file: Path, encoding: str) -> None:
    file.write_bytes(TRADITIONAL.encode(encoding))
    assert read(file)[1] == (2, ["幸福超級市場0", "灣仔軒尼詩道0號地下", "後門送貨"])


def test_characters_of_hong_kong_are_read_from_big5(file: Path) -> None:
    text = TRADITIONAL.replace("後門送貨", "鰂魚涌邨嘅舖")
    file.write_bytes(text.encode("big5hkscs"))
    assert read(file)[1][1][2] == "鰂魚涌邨嘅舖"


def test_a_wrong_coding_names_what_was_tried(file: Path) -> None:
    file.write_bytes("name,adresse\nCafé,Straße ß\n".encode("cp1252"))
    error = refusal(file)
    assert (error.rule, error.row) == ("wrong_coding", 2)
    assert error.params["tried"] == "UTF-8, UTF-16, GB18030, Big5"


def test_utf8_with_one_broken_byte_is_not_read_as_something_else(file: Path) -> None:
    data = SIMPLIFIED.encode()
    file.write_bytes(data.replace("人民路7号".encode(), "人民路7".encode() + b"\xff"))
    error = refusal(file)
    assert (error.rule, error.row) == ("broken_utf8", 9)


def test_utf8_cut_within_a_character_is_half_a_file(file: Path) -> None:
    data = SIMPLIFIED.encode().rstrip(b"\n")
    file.write_bytes(data[:-1])
    error = refusal(file)
    assert (error.rule, error.row) == ("half_character", 31)


def test_a_stated_coding_is_taken_or_refused(file: Path) -> None:
    file.write_bytes(b"name\nx\n")
    assert read(file, encoding="GBK")[1][1] == ["x"]
    assert refusal(file, encoding="klingon").rule == "unknown_coding"
    file.write_bytes(b"name\n\xff\xff\xff\n")
    assert refusal(file, encoding="utf-8").rule == "wrong_coding"


# -- CSV


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(file: Path, delimiter: str) -> None:
    file.write_text(f'name{delimiter}note\nA{delimiter}"x, y; z"\nB{delimiter}c,d\n', encoding="utf-8")
    assert read(file)[1] == (2, ["A", "x, y; z"])
    assert opened(file).delimiter == delimiter


def test_a_list_of_one_column_is_a_list() -> None:
    assert sniff_delimiter("name\nA\nB\n", whole=True) == ","


def test_the_delimiter_line_of_excel_is_obeyed(file: Path) -> None:
    file.write_text("sep=;\nname;note\nA;b,c,d\n", encoding="utf-8")
    assert read(file) == [(2, ["name", "note"]), (3, ["A", "b,c,d"])]


def test_quoted_newlines_belong_to_their_cell(file: Path) -> None:
    file.write_text('name,note\r\n"A","one\r\ntwo"\r\nB,x\r\n', encoding="utf-8", newline="")
    assert read(file) == [(1, ["name", "note"]), (2, ["A", "one\r\ntwo"]), (3, ["B", "x"])]


def test_blank_lines_are_passed_over_and_still_counted(file: Path) -> None:
    file.write_text("name,note\n\nA,x\n,,\nB,y\n", encoding="utf-8")
    assert [number for number, _ in read(file)] == [1, 3, 5]


def test_old_macintosh_line_ends_are_read(file: Path) -> None:
    file.write_bytes(b"name,note\rA,x\rB,y\r")
    assert read(file)[2] == (3, ["B", "y"])


# -- files that are no list, or half of one


def test_an_empty_file_says_so(file: Path) -> None:
    file.write_bytes(b"")
    assert refusal(file).rule == "empty_file"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "PNG"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "JPEG"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x1f\x8b\x08" + b"x" * 50, "gzip"),
        (b"  <html><table>", "HTML/XML"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "HTML/XML"),
    ],
)
def test_another_kind_of_file_called_csv_is_named(file: Path, data: bytes, name: str) -> None:
    file.write_bytes(data)
    error = refusal(file)
    assert (error.rule, error.params["format"]) == ("not_a_table", name)


def test_an_old_excel_file_is_named(file: Path) -> None:
    file.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert refusal(file).rule == "old_or_locked_workbook"


def test_random_bytes_are_no_list(file: Path) -> None:
    noise = random.Random(7)
    for _ in range(50):
        file.write_bytes(bytes(noise.randrange(256) for _ in range(2000)))
        assert refusal(file).rule in ("binary", "nul_bytes", "wrong_coding", "half_character", "not_a_table")


def test_a_zero_byte_is_named_with_its_row(file: Path) -> None:
    file.write_bytes(b"name,note\n" + b"A,b\n" * 100 + b"A,\0\n")
    error = refusal(file)
    assert (error.rule, error.row) == ("nul_bytes", 102)


def test_a_quote_that_never_closes_is_named_with_its_row(file: Path) -> None:
    file.write_text('name,note\nA,b\nB,"never\nC,d\n', encoding="utf-8")
    error = refusal(file)
    assert (error.rule, error.row) == ("open_quote", 3)


def test_a_quote_that_swallows_a_long_file_is_named(file: Path) -> None:
    file.write_text('name,note\nA,b\nB,"never\n' + "C,d\n" * 50_000, encoding="utf-8")
    error = refusal(file)
    assert (error.rule, error.row) == ("cell_too_long_or_open_quote", 3)


def test_text_after_a_closing_quote_is_named(file: Path) -> None:
    file.write_text('name,note\n"A"b,c\n', encoding="utf-8")
    error = refusal(file)
    assert (error.rule, error.row) == ("broken_quotes", 2)


def test_half_a_file_is_refused_at_the_row_where_it_breaks_off(file: Path) -> None:
    file.write_text("a,b,c\n1,2,3\n4,5,6\n7,8", encoding="utf-8")
    error = refusal(file)
    assert (error.rule, error.row, error.params["cells"], error.params["columns"]) == ("half_file", 4, 2, 3)


def test_a_short_last_row_with_its_line_end_is_whole(file: Path) -> None:
    file.write_text("a,b,c\n1,2,3\n7,8\n", encoding="utf-8")
    assert read(file)[-1] == (3, ["7", "8"])


def test_a_last_row_without_line_end_is_whole_when_others_are_as_short(file: Path) -> None:
    file.write_text("a,b,c\n1,2\n7,8", encoding="utf-8")
    assert read(file)[-1] == (3, ["7", "8"])


# -- limits


def test_each_limit_is_named(file: Path) -> None:
    file.write_text("a,b\n" + "1,2\n" * 10, encoding="utf-8")
    assert refusal(file, Limits(file_bytes=20)).rule == "file_too_large"
    error = refusal(file, Limits(rows=9))
    assert (error.rule, error.row, error.params["most"]) == ("too_many_rows", 11, 9)
    assert len(read(file, Limits(rows=10))) == 11
    error = refusal(file, Limits(columns=1))
    assert (error.rule, error.row) == ("too_many_columns", 1)
    file.write_text("a,b\n1,23456\n", encoding="utf-8")
    error = refusal(file, Limits(cell=4))
    assert (error.rule, error.row, error.params["column"]) == ("cell_too_long", 2, 2)


def test_a_limit_below_one_is_no_limit() -> None:
    with pytest.raises(ValueError, match="rows"):
        Limits(rows=0)


# -- workbooks


def test_a_workbook_is_read_as_a_person_typed_it(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "list.csv",
        [
            ["名称", "电话", "经度", "必销"],
            ["幸福", 13800138000, 114.170512345, True],
            [None],
            ["=A1", 6901234567892],
        ],
        notes=[["x"]],
        empty=[],
    )
    with open_table(path) as table:
        assert (table.format, table.sheet, table.other_sheets) == ("xlsx", "Sheet1", ("notes",))
        rows = list(table.rows)
    assert rows[1] == (2, ["幸福", "13800138000", "114.170512345", "TRUE"])
    assert rows[2][0] == 4
    assert rows[2][1][1] == "6901234567892"


def test_rows_above_the_first_cell_are_counted(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [[None], [None], ["name"], ["A"]])
    assert read(path) == [(3, ["name"]), (4, ["A"])]


def test_a_workbook_without_a_cell_is_empty(tmp_path: Path) -> None:
    assert refusal(workbook(tmp_path / "a.xlsx", [])).rule == "empty_file"


def test_a_truncated_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["name"], ["A"]])
    path.write_bytes(path.read_bytes()[:-300])
    assert refusal(path).rule == "broken_archive"


def test_a_damaged_sheet_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["name", "x"]] * 200)
    rewrite(path, lambda name, data: data[: len(data) // 2] if "sheet1" in name else data)
    assert refusal(path).rule == "broken_workbook"


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../CON", "x")
    assert refusal(path).rule == "not_a_workbook"


def rewrite(path: Path, change: object, extra: dict[str, bytes] | None = None) -> None:
    """The workbook again, each member through `change(name, data)`, with further members."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, change(name, data))  # type: ignore[operator]
        for name, data in (extra or {}).items():
            archive.writestr(name, data)


def same(_name: str, data: bytes) -> bytes:
    return data


def test_I4_a_nested_archive_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["name"]])
    rewrite(path, same, {"xl/embeddings/more.zip": b"PK"})
    assert refusal(path).rule == "nested_archive"


def test_I4_a_crowd_of_members_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["name"]])
    rewrite(path, same, {f"xl/media/{i}.png": b"" for i in range(1100)})
    assert refusal(path).rule == "too_many_entries"


def test_I4_a_bomb_that_says_its_size_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["name"]])
    rewrite(path, same, {"xl/media/a.bin": b"\0" * 3_000_000})
    assert refusal(path).rule == "packed_too_tightly"
    assert refusal(path, Limits(ratio=2000, unpacked_bytes=1_000_000)).rule == "unpacked_too_large"


def test_I4_a_bomb_that_lies_about_its_size_kills_only_its_own_process(tmp_path: Path) -> None:
    """The directory says 1,000 bytes; the sheet unpacks to 300 MB of cells."""
    cells = b"".join(
        b'<row r="%d"><c r="A%d" t="inlineStr"><is><t>' % (i, i) + b"x" * 1400 for i in range(1, 2)
    )
    sheet = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        + cells
        + b"y" * 300_000_000
        + b"</t></is></c></row></sheetData></worksheet>"
    )
    path = workbook(tmp_path / "a.xlsx", [["name"]])
    rewrite(path, lambda name, data: sheet if name.endswith("sheet1.xml") else data)
    data = path.read_bytes()
    true_size = struct.pack("<I", len(sheet))
    assert data.count(true_size) == 2
    path.write_bytes(data.replace(true_size, struct.pack("<I", 1000)))
    error = refusal(path, Limits(workbook_memory_bytes=400 * 1024 * 1024))
    assert error.rule in ("workbook_too_large", "broken_workbook", "cell_too_long")


def test_I4_two_far_cells_do_not_fill_the_memory_between_them(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    sheet = book.add_worksheet()
    sheet.write(0, 0, "name")
    sheet.write(1_048_575, 16_383, "x")
    book.close()
    before = time.monotonic()
    assert refusal(path).rule == "workbook_too_large"
    assert time.monotonic() - before < 10


def test_I4_a_million_rows_are_refused(tmp_path: Path) -> None:
    rows = b"".join(b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (i, i) for i in range(1, 1_000_001))
    start = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    path = workbook(tmp_path / "a.xlsx", [["name"]])
    sheet = start + rows + b"</sheetData></worksheet>"
    rewrite(path, lambda name, data: sheet if name.endswith("sheet1.xml") else data)
    assert refusal(path).rule == "too_many_rows"


def test_I4_entities_are_not_expanded(tmp_path: Path) -> None:
    """Billion laughs and an external entity in the shared texts: inert or refused, never read."""
    secret = tmp_path / "secret.txt"
    secret.write_text("canary-4711")
    strings = (
        f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY a "{"ha" * 50}"><!ENTITY b "{"&a;" * 50}">'
        f'<!ENTITY c "{"&b;" * 50}"><!ENTITY d "{"&c;" * 50}"><!ENTITY x SYSTEM "file://{secret}">]>'
        '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>&d;&x;</t></si></sst>'
    ).encode()
    path = workbook(tmp_path / "a.xlsx", [["name"], ["A"]])
    rewrite(path, lambda name, data: strings if "sharedStrings" in name else data)
    with contextlib.suppress(UnreadableFile):
        cells = "".join(cell for _, row in read(path) for cell in row)
        assert "canary" not in cells
        assert len(cells) < 1000


def test_an_abandoned_workbook_leaves_no_process(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["name", "x"]] * 5000)
    with open_table(path) as table:
        next(table.rows)
    for command_line in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            assert str(path).encode() not in command_line.read_bytes()


def test_a_damaged_deflate_stream_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["name", "x"]] * 3000)
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("xl/worksheets/sheet1.xml").header_offset
    for i in range(start + 200, start + 400):
        data[i] ^= 0xFF
    path.write_bytes(bytes(data))
    assert refusal(path).rule in ("broken_workbook", "broken_archive")
    assert zlib.crc32(bytes(data))


# -- writing


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1"])
def test_a_formula_is_written_as_text_and_comes_back(cell: str) -> None:
    assert formula_safe(cell) == "'" + cell
    assert unescaped(formula_safe(cell)) == cell


@pytest.mark.parametrize("cell", ["-33.86", "+85223456789", "幸福", "'quoted'", "", "a=b"])
def test_plain_text_and_numbers_are_written_as_they_are(cell: str) -> None:
    assert formula_safe(cell) == cell
    assert unescaped(cell) == cell


def test_a_written_csv_and_workbook_are_read_back(tmp_path: Path) -> None:
    rows = [["名称", "备注"], ["幸福", "=1+1"], ["B", 'x "y"\nz']]
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        write_csv(file, rows)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [cells for _, cells in read(path)] == [rows[0], ["幸福", "'=1+1"], rows[2]]
    buffer = io.BytesIO()
    write_xlsx(buffer, rows)
    buffer.seek(0)
    sheet = CalamineWorkbook.from_filelike(buffer).get_sheet_by_index(0).to_python()
    assert sheet[1] == ["幸福", "'=1+1"]
