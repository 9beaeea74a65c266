"""What is installed is exactly what was looked at: locked, hashed, from nowhere in particular."""

from __future__ import annotations

import importlib.metadata
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LISTS = sorted(ROOT.glob("requirements*.txt"))
# Packages that bring a script which npm would run at install. None is run here (`--ignore-scripts`); these are known
# and do without: a file watcher for macOS that brings its binary.
WITH_INSTALL_SCRIPT = {"fsevents"}
AT_INSTALL = {"preinstall", "install", "postinstall"}


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


def test_what_is_installed_is_what_was_locked() -> None:
    """A package that somebody put beside the locked ones, or another version of one, is not run by accident (G12)."""
    locked: dict[str, set[str]] = {}
    # Some packages stand there twice: another version for another Python.
    for name, version in re.findall(
        r"^([a-z0-9._-]+)==([^ ;]+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE
    ):
        locked.setdefault(name, set()).add(version)
    here = {
        re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower(): one.version
        for one in importlib.metadata.distributions()
    }
    drifted = {name: here[name] for name in here.keys() & locked.keys() if here[name] not in locked[name]}
    assert drifted == {}
    assert here.keys() - locked.keys() <= {"pip", "setuptools", "wheel"}


def test_no_package_of_the_front_end_runs_a_script_when_it_is_installed() -> None:
    packages = json.loads((ROOT / "pwa" / "package-lock.json").read_text())["packages"]
    said = {name for name, entry in packages.items() if entry.get("hasInstallScript")}
    assert {name.rpartition("node_modules/")[2] for name in said} <= WITH_INSTALL_SCRIPT
    # The lock's word is the registry's; the packages themselves are asked where they are there.
    found = set()
    for name in packages:
        wishes = ROOT / "pwa" / name / "package.json"
        if (
            name
            and wishes.is_file()
            and AT_INSTALL & json.loads(wishes.read_text()).get("scripts", {}).keys()
        ):
            found.add(name.rpartition("node_modules/")[2])
    assert found <= WITH_INSTALL_SCRIPT
    assert "--ignore-scripts" in (ROOT / "bin" / "set_up_node.py").read_text()
    assert "ignore-scripts=true" in (ROOT / "pwa" / ".npmrc").read_text().splitlines()


def test_every_package_of_the_front_end_comes_from_the_registry_by_a_strong_checksum() -> None:
    packages = json.loads((ROOT / "pwa" / "package-lock.json").read_text())["packages"]
    outside = {name: entry for name, entry in packages.items() if name and not entry.get("inBundle")}
    assert [name for name, entry in outside.items() if not entry["integrity"].startswith("sha512-")] == []
    assert [name for name, entry in outside.items() if not re.match(r"\d+\.\d+\.\d+", entry["version"])] == []


def test_every_wish_of_the_front_end_names_one_version() -> None:
    wishes = json.loads((ROOT / "pwa" / "package.json").read_text())
    named = {**wishes["dependencies"], **wishes["devDependencies"], **wishes.get("overrides", {})}
    assert {name: wish for name, wish in named.items() if not re.fullmatch(r"\d+\.\d+\.\d+", wish)} == {}
