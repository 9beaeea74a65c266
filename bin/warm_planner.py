"""Compile the planner's search kernels, so that the first plan does not wait a minute and a half for them.

Part of `make setup`, and of what runs tests or figures; not of `make run`: the server starts without it, and a
machine on which nobody plans need not spend the time. A failure is told and stops nothing: the first plan then
compiles for itself.
"""

from __future__ import annotations

import subprocess
import sys

from stamps import ROOT, VENV, digest, is_done, mark_done, one_at_a_time, run, say

PLANNER = ROOT / "routes_planner"
STAMP = VENV / "stamps" / "planner"
KEPT = PLANNER / "__pycache__" / "kernels.digest"


def main() -> None:
    with one_at_a_time("setup-planner"):
        sources = [*PLANNER.rglob("kernel*.py"), PLANNER / "compiled.py", ROOT / "requirements.txt"]
        wanted = digest(sources, sys.version)
        if is_done(STAMP, wanted) and KEPT.is_file():
            return
        say("compiling the planner's kernels, a minute and a half of one core, once")
        try:
            run([VENV / "bin" / "python", "-m", "routes_planner", "warm"])
        except (subprocess.CalledProcessError, OSError) as fault:
            say(f"that did not work ({fault}); the first plan will do it, and wait")
            return
        mark_done(STAMP, wanted)


if __name__ == "__main__":
    main()
