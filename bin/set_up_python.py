"""Make `.venv` hold exactly what `requirements.txt` locks, every file checked against its hash.

uv does it (10 s with an empty cache where pip takes 77 s). It comes out of the same lock; where it cannot
run, pip does the work. Standard library only.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from stamps import ROOT, VENV, digest, is_done, mark_done, one_at_a_time, run, say, stop

LOCK = ROOT / "requirements.txt"
STAMP = VENV / "stamps" / "python"
PYTHON = VENV / "bin" / "python"


def main() -> None:
    if sys.version_info < (3, 11):
        raise stop(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}; try `make PYTHON=python3.12`"
        )
    if not LOCK.is_file():
        raise stop("requirements.txt is missing; is this a complete clone?")
    with one_at_a_time("setup-python"):
        wanted = digest([LOCK], sys.version, sys.base_prefix, str(VENV))
        if is_done(STAMP, wanted):
            return
        make_venv()
        if not install_with_uv():
            install_with_pip()
        mark_done(STAMP, wanted)
        say("Python packages are in place")


def make_venv() -> None:
    """Create `.venv`; one made by another Python, or moved here from elsewhere, is made anew."""
    made_for = f"{sys.version}\n{VENV}"
    note = VENV / "made-for"
    if note.is_file() and note.read_text() == made_for and PYTHON.is_file():
        return
    if VENV.exists():
        shutil.rmtree(VENV)
    say(f"making .venv with Python {sys.version.split()[0]}")
    try:
        venv.create(VENV, with_pip=True, symlinks=True)
    except (subprocess.CalledProcessError, ImportError) as fault:
        raise stop(
            f"`python -m venv` failed ({fault}); on Debian it needs the package python3-venv"
        ) from fault
    note.write_text(made_for)


def install_with_uv() -> bool:
    """Fetch uv at its locked version, then install the lock with it. False when uv cannot be had or fails."""
    block = re.search(r"^uv==.*?(?=^\S)", LOCK.read_text() + "end", re.MULTILINE | re.DOTALL)
    if block is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text(block.group())
        try:
            run([PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", only_uv])
            say("installing the locked Python packages with uv")
            # Compiling costs 9 s once and saves 3 s at every start, also where Python may not write bytecode.
            options: list[str | Path] = [
                "--quiet",
                "--require-hashes",
                "--compile-bytecode",
                "--python",
                PYTHON,
            ]
            run([VENV / "bin" / "uv", "pip", "sync", *options, LOCK])
        except (subprocess.CalledProcessError, OSError) as fault:
            say(f"uv did not do it ({fault}); going on with pip")
            return False
    return True


def install_with_pip() -> None:
    """The slower way, with nothing but what comes with Python."""
    say("installing the locked Python packages with pip, about a minute")
    try:
        run([PYTHON, "-m", "pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", LOCK])
    except subprocess.CalledProcessError as fault:
        raise stop("the Python packages could not be installed; pip's own words are above") from fault


if __name__ == "__main__":
    main()
