"""Install the packages that only a comparison uses (`requirements-bench.txt`) into `.venv/comparison`.

A comparison runs them in a process of its own: `PYTHONPATH=.venv/comparison .venv/bin/python -m ...`.
"""

from __future__ import annotations

import subprocess

from packages import install_apart
from stamps import ROOT, VENV, digest, is_done, mark_done, one_at_a_time, say, stop

LOCK = ROOT / "requirements-bench.txt"
FOLDER = VENV / "comparison"
STAMP = VENV / "stamps" / "comparison"


def main() -> None:
    with one_at_a_time("setup-comparison"):
        wanted = digest([LOCK])
        if is_done(STAMP, wanted) and FOLDER.is_dir():
            return
        say("installing what the comparisons need")
        try:
            install_apart(LOCK, FOLDER)
        except subprocess.CalledProcessError as fault:
            raise stop(
                "the packages for the comparisons could not be installed; the reason is above"
            ) from fault
        mark_done(STAMP, wanted)


if __name__ == "__main__":
    main()
