"""In which coding a text file is written: UTF-8, UTF-16, GB18030 or Big5, or none of them.

UTF-8 proves itself: other codings almost never decode as it. A file that is UTF-8 but for a few bytes is
called broken, not read as something else, because GB18030 accepts nearly any bytes and would turn it into
nonsense. Between GB18030 and Big5 the commoner characters decide: both standards keep them in a block of
their own.
"""

import codecs
from collections.abc import Callable
from pathlib import Path

CHUNK = 1024 * 1024
# Characters looked at to choose between GB18030 and Big5.
SAMPLE_BYTES = 256 * 1024
TRIED = "UTF-8, UTF-16, GB18030, Big5"
# Python's name of the code → what people call it.
CHOICES = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "big5": "big5hkscs",
}
# Share of common characters from which a guess is believed: among two that decode, and for the only one
# that does.
BELIEVED = 0.6
BELIEVED_ALONE = 0.35

Refusal = Callable[..., Exception]


def find_encoding(path: Path, stated: str, refuse: Refusal) -> str:
    """Python codec name of the file. `refuse(rule, row=…, **params)` makes the error that is raised."""
    with path.open("rb") as file:
        head = file.read(SAMPLE_BYTES)
    if stated:
        codec = CHOICES.get(stated.lower())
        if codec is None:
            raise refuse("unknown_coding", coding=stated[:40], tried=TRIED)
        line = _first_bad_line(path, codec)
        if line is not None:
            raise refuse("wrong_coding", row=line, tried=stated)
        return codec
    utf16 = _looks_like_utf16(head)
    if utf16:
        line = _first_bad_line(path, utf16)
        if line is not None:
            raise refuse("half_character", row=line, coding="UTF-16")
        return utf16
    _refuse_binary(path, head, refuse)
    line = _first_bad_line(path, "utf-8-sig")
    if line is None:
        return "utf-8-sig"
    _refuse_broken_utf8(path, head, line, refuse)
    return _gb_or_big5(path, head, line, refuse)


def _looks_like_utf16(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return ""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # Without a mark: separators, digits and line ends have a zero byte, always on the same side.
    even, odd = head[0::2].count(0), head[1::2].count(0)
    codec = "utf-16-le" if odd and not even else "utf-16-be" if even and not odd else ""
    if not codec:
        return ""
    text = head.decode(codec, errors="ignore")
    plain = sum(char < "\x80" for char in text)
    return codec if plain >= 4 and plain > 0.15 * len(text) and ("\n" in text or "\r" in text) else ""


def _refuse_binary(path: Path, head: bytes, refuse: Refusal) -> None:
    """Zero bytes and a crowd of control bytes are no text in any of the codings tried."""
    controls = sum(head.count(byte) for byte in range(32) if byte not in b"\t\n\r\f\v\0")
    zeros = head.count(0)
    if controls + zeros > max(1, len(head) // 50):
        raise refuse("binary")
    line = 1
    with path.open("rb") as file:
        while block := file.read(CHUNK):
            at = block.find(b"\0")
            if at >= 0:
                raise refuse("nul_bytes", row=line + block.count(b"\n", 0, at))
            line += block.count(b"\n")


def _first_bad_line(path: Path, codec: str) -> int | None:
    """The line on which decoding fails, or None. Counted in line feeds, close enough for a message."""
    decoder = codecs.getincrementaldecoder(codec)()
    line = 1
    with path.open("rb") as file:
        while True:
            block = file.read(CHUNK)
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                return line + bytes(error.object[: error.start]).count(b"\n")
            line += text.count("\n")
            if not block:
                return None


def _refuse_broken_utf8(path: Path, head: bytes, line: int, refuse: Refusal) -> None:
    """A file is UTF-8 with a fault when nearly all that is not ASCII decodes as characters of three bytes
    or more.

    Text in GB18030 or Big5 does so by accident only now and then.
    """
    text = head.decode("utf-8-sig", errors="replace")
    # The last character of a sample may be cut; one replacement more or less does not matter.
    bad = text.count("�")
    wide = sum(1 for char in text if char > "߿") - bad
    if head.startswith(codecs.BOM_UTF8) or wide > 10 * bad or (bad <= 1 and wide >= 3):
        size = path.stat().st_size
        with path.open("rb") as file:
            file.seek(max(0, size - 4))
            tail = file.read()
        # Cut within the last character: all before it is fine.
        rest = _undecoded_tail(tail)
        if rest and _first_bad_line_is_last(path, rest):
            raise refuse("half_character", row=line, coding="UTF-8")
        raise refuse("broken_utf8", row=line)


def _undecoded_tail(tail: bytes) -> int:
    """How many bytes at the end begin a UTF-8 character without ending it."""
    for length in range(1, min(4, len(tail) + 1)):
        byte = tail[-length]
        if byte >= 0xC0:
            needed = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return length if length < needed else 0
        if byte < 0x80:
            return 0
    return 0


def _first_bad_line_is_last(path: Path, rest: int) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    left = path.stat().st_size - rest
    with path.open("rb") as file:
        try:
            while left > 0:
                block = file.read(min(CHUNK, left))
                left -= len(block)
                decoder.decode(block, final=left <= 0)
        except UnicodeDecodeError:
            return False
    return True


def _gb_or_big5(path: Path, head: bytes, line: int, refuse: Refusal) -> str:
    shares = {
        codec: _common_share(head.decode(codec, errors="ignore"), codec)
        for codec in ("gb18030", "big5hkscs")
        if _first_bad_line(path, codec) is None
    }
    if shares:
        codec = max(shares, key=lambda name: shares[name])
        if shares[codec] >= (BELIEVED if len(shares) > 1 else BELIEVED_ALONE):
            return codec
    raise refuse("wrong_coding", row=line, tried=TRIED)


def _common_share(text: str, codec: str) -> float:
    """Share of the characters beyond ASCII that lie in the standard's block of common ones."""
    common = total = 0
    for char in text[:20_000]:
        if char < "\x80":
            continue
        total += 1
        try:
            code = char.encode("gb2312" if codec == "gb18030" else "big5")
        except UnicodeEncodeError:
            continue
        if len(code) == 2 and _is_common(code[0], codec):
            common += 1
    return common / total if total else 0.0


def _is_common(lead: int, codec: str) -> bool:
    """Level 1 of GB 2312 (3,755 characters) and of Big5 (5,401), and the punctuation of both."""
    if codec == "gb18030":
        return 0xB0 <= lead <= 0xD7 or 0xA1 <= lead <= 0xA3
    return 0xA4 <= lead <= 0xC6 or 0xA1 <= lead <= 0xA3
