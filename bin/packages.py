"""Install a locked list apart from the other Python packages, into a folder of its own under `.venv`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from stamps import VENV, run


def install_apart(lock: Path, folder: Path) -> None:
    """Fill `folder` with what `lock` says, hashes checked; what was there before is removed."""
    python = VENV / "bin" / "python"
    shutil.rmtree(folder, ignore_errors=True)
    wanted: list[str | Path] = ["--quiet", "--target", folder, "--require-hashes", "-r", lock]
    try:
        run([VENV / "bin" / "uv", "pip", "install", "--python", python, *wanted])
    except (subprocess.CalledProcessError, OSError):
        run([python, "-m", "pip", "install", "--no-deps", *wanted])
