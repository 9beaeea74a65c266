"""PDF files. What people wrote reaches the typesetter as data and is never read as its markup (G2)."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal

import typst

Template = Literal["agreement", "certificate", "evidence", "list"]

TEMPLATES: Final = Path(__file__).resolve().parent / "pdf_templates"
SETTER: Final = Path(__file__).resolve().parent / "pdf_process.py"
LONGEST_S: Final = 60
# Where the set-up puts a font on a machine that has none of the families below.
OWN_FONTS: Final = Path(__file__).resolve().parents[2] / ".venv" / "fonts"
FAMILIES: Final[tuple[str, ...]] = (
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "PingFang SC",
    "Microsoft YaHei",
)
"""Families that have Chinese and Latin letters, the first that is there is used."""

# One sheet at a time: the typesetter uses every core it finds, and phones are waiting too.
_one = threading.Lock()


class NoFont(RuntimeError):
    """No family of FAMILIES is on this machine: `make setup` brings one, Debian's package is fonts-noto-cjk."""


def make_pdf(template: Template, data: Mapping[str, object], *, at: datetime) -> bytes:
    """The file. The same data at the same instant gives the same bytes. Errors: NoFont."""
    words = json.dumps({**data, "fonts": _families()}, ensure_ascii=False)
    wish = {
        "template": str(TEMPLATES / f"{template}.typ"),
        "root": str(TEMPLATES),
        "fonts": [str(folder) for folder in (OWN_FONTS,) if folder.is_dir()],
        "data": words,
        "at": int(at.timestamp()),
    }
    with _one:
        # Its threads would not survive the fork of a server's worker: a process of its own, with a time limit.
        done = subprocess.run(
            [sys.executable, str(SETTER)], input=json.dumps(wish).encode(), capture_output=True,
            timeout=LONGEST_S, check=True,
        )  # fmt: skip
    return done.stdout


@cache
def _fonts() -> typst.Fonts:
    """The machine's fonts, looked for once: that takes a tenth of a second."""
    return typst.Fonts(
        include_system_fonts=True,
        include_embedded_fonts=False,
        font_paths=[str(folder) for folder in (OWN_FONTS,) if folder.is_dir()],
    )


@cache
def _families() -> list[str]:
    there = set(_fonts().families())
    found = [family for family in FAMILIES if family in there]
    if not found:
        raise NoFont("no font with Chinese characters is on this machine")
    return found[:1]
