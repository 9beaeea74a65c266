"""Single cells: text, numbers, money, packs, phone numbers. Each reader gives the value or raises BadCell."""

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata

from server.domain.errors import DomainError, Figure
from server.domain.names import skeleton


class BadCell(DomainError):
    """A cell that breaks `rule`."""

    def __init__(self, rule: str, **params: Figure) -> None:
        super().__init__("cell", rule, **params)


# C0 and C1 controls but tab and line ends, the replacement character of a wrong decoding, byte order marks
# within text, and the marks that turn the direction of writing (a name may not hide what it says).
BAD_CHARACTERS: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f�￾￿\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
# Without exponents: 1e400 is infinity, and nobody writes a latitude that way.
_NUMBER: Final = re.compile(r"[+-]?(\d{1,18}(\.\d{0,18})?|\.\d{1,18})")
_THOUSANDS: Final = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d{0,18})?")
_MONEY_MARKS: Final = re.compile(
    r"^(¥|HK\$|NT\$|US\$|\$|RMB|CNY|HKD)\s*|\s*(元|圆|圓|RMB|CNY|HKD)$", re.IGNORECASE
)
_PACK: Final = re.compile(
    r"(?:(?P<volume>\d+(?:\.\d+)?)(?P<unit>ml|l|毫升|升|g|kg|克)[*x×])?(?:1[*x×:])?(?P<pieces>\d{1,4})"
    r"(?:瓶|罐|支|包|袋|盒|个|個|杯|听|聽|桶|入|pcs|pc|pieces|units|bottles|cans)?(?:[/每]?(?:箱|件|case|ctn|carton))?"
)
_VOLUME: Final = re.compile(r"(\d+(?:\.\d+)?)(ml|l|毫升|升|cl|公升)?", re.IGNORECASE)
# Characters that a skeleton keeps as they are, and those of ASCII (and the joint of built names) that it
# drops.
_PLAIN_NAME: Final = re.compile("[0-9A-Za-z\u4e00-\u9fff]+")
_PLAIN_MARKS: Final = re.compile("[ -/:-@[-`{-~·]+")
_CLASSES: Final = {"甲": "A", "乙": "B", "丙": "C", "丁": "D"}
# At most this many units of money a piece: a price beyond it is a typing mistake.
PRICE_MOST: Final = 1_000_000
PACK_MOST: Final = 1_000
VOLUME_MOST_ML: Final = 100_000


def squeezed(cell: str) -> str:
    """A cell of one line: no space at its ends, single spaces within, wide ones too."""
    # Printable text has no other white space than the plain one; nearly all cells stop here.
    return cell if cell.isprintable() and "  " not in cell else " ".join(cell.split())


def looks_of(name: str) -> str:
    """`names.skeleton`, five times as fast for names of Chinese characters, Latin letters and digits
    alone."""
    plain = _PLAIN_MARKS.sub("", name)
    return plain.lower() if _PLAIN_NAME.fullmatch(plain) else skeleton(name)


def narrow(cell: str) -> str:
    """Full-width digits and marks as plain ones, for everything that is not a name."""
    return unicodedata.normalize("NFKC", cell).strip()


def read_number(cell: str) -> float:
    """A finite decimal number. Errors: BadCell `bad_number`."""
    text = cell if _NUMBER.fullmatch(cell) else narrow(cell).replace("−", "-")
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise BadCell("bad_number", given=cell[:40])
    return float(text)


def read_degrees(cell: str) -> float:
    """Degrees, also with a decimal comma or a degree sign. Errors: BadCell `bad_number`."""
    text = cell if _NUMBER.fullmatch(cell) else narrow(cell).removesuffix("°").rstrip().replace("−", "-")
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    if not _NUMBER.fullmatch(text):
        raise BadCell("bad_number", given=cell[:40])
    return float(text)


def read_whole(cell: str, least: int, most: int) -> int:
    """A whole number within bounds. Errors: BadCell `bad_number`, `not_whole`, `out_of_range`."""
    number = read_number(cell)
    if not number.is_integer():
        raise BadCell("not_whole", given=cell[:40])
    if not least <= number <= most:
        raise BadCell("out_of_range", given=cell[:40], least=least, most=most)
    return int(number)


def read_money_minor(cell: str) -> int:
    """An amount such as 3.5, ¥3.50 or 1,200元 in minor units (hundredths), exactly.

    Errors: BadCell `bad_number`, `too_many_decimals`, `out_of_range`.
    """
    text = _MONEY_MARKS.sub("", narrow(cell)).strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise BadCell("bad_number", given=cell[:40])
    minor = Decimal(text) * 100
    if minor != minor.to_integral_value():
        raise BadCell("too_many_decimals", given=cell[:40])
    if not 0 <= minor <= PRICE_MOST * 100:
        raise BadCell("out_of_range", given=cell[:40], least=0, most=PRICE_MOST)
    return int(minor)


def read_pack(cell: str) -> tuple[int, int | None]:
    """Pieces in a case, and a piece's millilitres where the cell says them: 24, 1×24, 24瓶/箱, 330ml*24.

    Errors: BadCell `bad_pack`.
    """
    text = narrow(cell).casefold().replace(" ", "")
    if re.fullmatch(r"\d+\.0+", text):
        text = text.partition(".")[0]
    found = _PACK.fullmatch(text)
    pieces = int(found["pieces"]) if found else 0
    if not found or not 1 <= pieces <= PACK_MOST:
        raise BadCell("bad_pack", given=cell[:40], most=PACK_MOST)
    volume = None
    if found["volume"] and found["unit"] in ("ml", "l", "毫升", "升"):
        volume = read_volume_ml(found["volume"] + found["unit"])
    return pieces, volume


def read_volume_ml(cell: str) -> int:
    """Millilitres: 500, 500ml, 1.25L, 0.5升. Errors: BadCell `bad_volume`."""
    found = _VOLUME.fullmatch(narrow(cell).casefold().replace(" ", ""))
    if not found:
        raise BadCell("bad_volume", given=cell[:40])
    factor = {"l": 1000, "升": 1000, "公升": 1000, "cl": 10}.get(found[2] or "ml", 1)
    millilitres = Decimal(found[1]) * factor
    if millilitres != millilitres.to_integral_value() or not 1 <= millilitres <= VOLUME_MOST_ML:
        raise BadCell("bad_volume", given=cell[:40])
    return int(millilitres)


@lru_cache(maxsize=256)
def read_class(cell: str) -> str:
    """A, B, C or D, also as 甲乙丙丁, "A类" or "Class A". Errors: BadCell `unknown_class`."""
    text = narrow(cell).upper().removeprefix("CLASS").removeprefix("GRADE").strip(" -_:")
    text = text.removesuffix("类").removesuffix("類").removesuffix("级").removesuffix("級").removesuffix("等")
    text = _CLASSES.get(text, text)
    if text not in ("A", "B", "C", "D"):
        raise BadCell("unknown_class", given=cell[:40])
    return text


def read_classes(cell: str) -> list[str]:
    """Classes that must sell: "A,B", "AB", "A/B", 全部. Empty for 否. Errors: BadCell `unknown_class`."""
    text = narrow(cell).upper()
    if text in ("全部", "ALL", "*", "是", "Y", "YES", "TRUE", "1"):
        return ["A", "B", "C", "D"]
    if text in ("否", "无", "無", "N", "NO", "NONE", "FALSE", "0", "-"):
        return []
    parts = re.split(r"[,;/、|+\s，；]+", text)
    if len(parts) == 1 and re.fullmatch(r"[ABCD]{2,4}", text):
        parts = list(text)
    return sorted({read_class(part) for part in parts if part})


def read_barcode(cell: str) -> str:
    """A GTIN of 8, 12, 13 or 14 digits whose check digit holds. Errors: BadCell `bad_barcode`."""
    text = narrow(cell).replace(" ", "").replace("-", "")
    if len(text) not in (8, 12, 13, 14) or not text.isascii() or not text.isdigit():
        raise BadCell("bad_barcode", given=cell[:40])
    # GS1 General Specifications, 7.9: weights 3 and 1 from the right, check digit last.
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(reversed(text)))
    if total % 10:
        raise BadCell("bad_barcode", given=cell[:40])
    return text


@lru_cache(maxsize=256)
def read_frequency(cell: str) -> int:
    """Visits in four weeks: 4 (weekly), 2 (fortnightly), 1 (four-weekly), 8 (twice a week) up to 28.

    A bare number is visits a week, as in most such lists (1, 2, 0.5, 0.25). Errors: BadCell `bad_frequency`.
    """
    text = narrow(cell).casefold().replace(" ", "")
    known = {
        "weekly": 4, "每周": 4, "每週": 4, "每星期": 4, "fortnightly": 2, "biweekly": 2, "隔周": 2, "隔週": 2,
        "双周": 2, "雙週": 2, "两周": 2, "兩週": 2, "两周一次": 2, "兩週一次": 2, "monthly": 1, "4-weekly": 1,
        "fourweekly": 1, "每月": 1, "四周一次": 1, "四週一次": 1, "daily": 28, "每天": 28, "每日": 28,
    }  # fmt: skip
    if text in known:
        return known[text]
    found = re.fullmatch(
        r"(?:(?:每|一)?(?:周|週|星期))?([\d.]+|[一二两兩三四五六七])(?:次|x|times)?(?:(?:/|a|per)?(?:周|週|week|w))?",
        text,
    )
    if found:
        words = {"一": 1, "二": 2, "两": 2, "兩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7}
        number = words.get(found[1]) or (float(found[1]) if _NUMBER.fullmatch(found[1]) else 0)
        visits = number * 4
        if visits in (1, 2) or (4 <= visits <= 28 and visits % 4 == 0):
            return int(visits)
    raise BadCell("bad_frequency", given=cell[:40])


@lru_cache(maxsize=8)
def _plain_numbers(region: str) -> re.Pattern[str] | None:
    """What phonenumbers' own data calls a valid mobile or fixed number that is dialled as it is written.

    Lists have a hundred thousand of them, and the library takes 30-80 µs for each; this pattern takes one.
    """
    metadata = PhoneMetadata.metadata_for_region(region)
    starts = {"CN": r"(?=1[3-9]\d{9}$)", "HK": r"(?=[2-9]\d{7}$)"}.get(region)
    if metadata is None or starts is None:
        return None
    kinds = [metadata.mobile] if region == "CN" else [metadata.mobile, metadata.fixed_line]
    patterns = [kind.national_number_pattern for kind in kinds if kind and kind.national_number_pattern]
    return re.compile(starts + "(?:" + "|".join(f"(?:{pattern})" for pattern in patterns) + ")")


_CALLING_CODES: Final = {"CN": "+86", "HK": "+852"}


def read_phone(cell: str, region: str) -> tuple[str, str]:
    """E.164 and state of a phone number: `valid`, `possible` (right length), or `unparsed` with no E.164
    (H10).

    The number itself is kept as it was given, whatever the state. `region`: ISO 3166 country for numbers
    without a country code.
    """
    plain = _plain_numbers(region)
    digits = cell.replace(" ", "").replace("-", "")
    if plain is not None and digits.isascii() and plain.fullmatch(digits):
        return _CALLING_CODES[region] + digits, "valid"
    try:
        number = phonenumbers.parse(narrow(cell), region)
    except NumberParseException:
        return "", "unparsed"
    if not phonenumbers.is_possible_number(number):
        return "", "unparsed"
    state = "valid" if phonenumbers.is_valid_number(number) else "possible"
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), state
