"""What stands in the audit is read by people: each deed has words in both languages."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def named_deeds() -> Iterator[str]:
    """Every deed that the services name where they write it down."""
    for path in (ROOT / "server" / "services").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            named = [one.value for one in node.keywords if one.arg == "deed"]
            if isinstance(node.func, ast.Name) and node.func.id == "Effect":
                named += node.args[:1]
            yield from (
                one.value for one in named if isinstance(one, ast.Constant) and isinstance(one.value, str)
            )


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_deed_has_words_on_the_auditors_page(locale: str) -> None:
    texts = json.loads((ROOT / f"pwa/src/i18n/locales/{locale}/audit.json").read_text(encoding="utf-8"))
    shown = (ROOT / "pwa/src/features/audit/deeds.ts").read_text(encoding="utf-8")
    deeds = sorted(set(named_deeds()))
    assert len(deeds) > 70
    wordless = []
    for deed in deeds:
        noun, verb = deed.split(".")
        if not texts["deed"].get(noun, {}).get(verb) or f"'{verb}'" not in shown:
            wordless.append(deed)
    assert wordless == []
