"""What is installed is exactly what was looked at: locked, hashed, from nowhere in particular."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = sorted(ROOT.glob("requirements*.txt"))


@pytest.mark.parametrize("lock", LISTS, ids=lambda lock: lock.name)
def test_every_python_package_is_pinned_with_hashes_and_names_no_host(lock: Path) -> None:
    text = lock.read_text()
    blocks = re.split(r"\n(?=[a-z0-9])", text)
    pinned = [block for block in blocks if re.match(r"[a-z0-9._-]+==", block)]
    assert pinned
    assert all("--hash=sha256:" in block for block in pinned)
    assert not re.search(r"https?://|file:|--index-url|--extra-index-url|--find-links|@ ", text)


@pytest.mark.parametrize("lock", LISTS, ids=lambda lock: lock.name)
def test_every_wish_is_in_its_lock(lock: Path) -> None:
    wishes = re.findall(r"^([a-z0-9-]+)", lock.with_suffix(".in").read_text(), re.MULTILINE)
    locked = set(re.findall(r"^([a-z0-9._-]+)==", lock.read_text(), re.MULTILINE))
    assert set(wishes) - locked == set()


def test_the_front_ends_lock_has_a_checksum_for_every_package_and_names_no_host() -> None:
    packages = json.loads((ROOT / "pwa" / "package-lock.json").read_text())["packages"]
    outside = {name: entry for name, entry in packages.items() if name and not entry.get("link")}
    assert outside
    assert [
        name for name, entry in outside.items() if not entry.get("integrity") and not entry.get("inBundle")
    ] == []
    assert [name for name, entry in outside.items() if "resolved" in entry] == []


def test_the_front_ends_wishes_are_the_ones_that_were_locked() -> None:
    wishes = json.loads((ROOT / "pwa" / "package.json").read_text())
    locked = json.loads((ROOT / "pwa" / "package-lock.json").read_text())["packages"][""]
    for kind in ("dependencies", "devDependencies"):
        assert wishes.get(kind, {}) == locked.get(kind, {})
