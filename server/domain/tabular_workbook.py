"""Reading XLSX safely: the zip directory is checked first, then a child process with limits opens the sheet.

A workbook is a zip of XML, so a small file can claim a lot: members that unpack to gigabytes, one cell at
A1 and one at XFD1048576 (the reader fills the 17 thousand million cells between), a long text that a
million cells point at. The directory shows the first kind; the process's own memory and time limits catch
all the others, and what then dies is that process and not the server. The reader resolves no external
entities.
"""

import marshal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

WORKER = Path(__file__).with_name("tabular_workbook_process.py")
ARCHIVES = (".zip", ".xlsx", ".xlsm", ".7z", ".rar", ".gz")
ENCRYPTED_FLAG = 0x1
RATIO_FROM_BYTES = 1024 * 1024

Refusal = Callable[..., Exception]


@contextmanager
def read_workbook(
    path: Path, limits: Mapping[str, int], refuse: Refusal
) -> Iterator[tuple[str, list[str], Iterator[list[str]]]]:
    """Name of the first sheet with content, names of the others with content, and its rows from row 1 on."""
    check_directory(path, limits, refuse)
    arguments = [str(path)] + [
        str(limits[name]) for name in ("workbook_memory_bytes", "workbook_seconds", "rows", "columns")
    ]
    process = subprocess.Popen(
        [sys.executable, "-I", str(WORKER), *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if process.stdout is None:
        raise RuntimeError("the workbook process has no output")
    try:
        first = _next_message(process.stdout, refuse)
        yield first["sheet"], first["others"], _rows(process.stdout, refuse)
    finally:
        process.kill()
        process.stdout.close()
        process.wait()


def check_directory(path: Path, limits: Mapping[str, int], refuse: Refusal) -> None:
    """Refuse by what the zip says of itself, before anything is unpacked."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise refuse("broken_archive") from error
    if len(members) > limits["entries"]:
        raise refuse("too_many_entries", most=limits["entries"])
    names = {member.filename for member in members}
    if "[Content_Types].xml" not in names or not any(name.endswith("workbook.xml") for name in names):
        raise refuse("not_a_workbook")
    if any(member.flag_bits & ENCRYPTED_FLAG for member in members):
        raise refuse("old_or_locked_workbook")
    if any(member.filename.lower().endswith(ARCHIVES) for member in members):
        raise refuse("nested_archive")
    if sum(member.file_size for member in members) > limits["unpacked_bytes"]:
        raise refuse("unpacked_too_large", most=limits["unpacked_bytes"] // 1024 // 1024)
    for member in members:
        large = member.file_size > RATIO_FROM_BYTES
        if large and member.file_size > limits["ratio"] * max(1, member.compress_size):
            raise refuse("packed_too_tightly", most=limits["ratio"])


def _next_message(pipe: IO[bytes], refuse: Refusal) -> Any:
    """A message of the process. One that ended without a word ran into its limits."""
    try:
        message = marshal.load(pipe)  # noqa: S302 - written by our own process
    except (EOFError, ValueError, TypeError) as error:
        raise refuse("workbook_too_large") from error
    if isinstance(message, dict) and "rule" in message:
        raise refuse(message["rule"], **message["params"])
    return message


def _rows(pipe: IO[bytes], refuse: Refusal) -> Iterator[list[str]]:
    while True:
        message = _next_message(pipe, refuse)
        if message is None:
            return
        yield from message
