"""Install Lighthouse into `.venv/lighthouse`, apart from the front end's packages: only `make bench` uses it."""

from __future__ import annotations

import subprocess
from typing import Final

from set_up_node import node_environment
from stamps import VENV, digest, is_done, mark_done, one_at_a_time, say, stop

VERSION: Final = "13.5.0"
FOLDER = VENV / "lighthouse"
STAMP = VENV / "stamps" / "lighthouse"


def main() -> None:
    with one_at_a_time("setup-lighthouse"):
        wanted = digest([], VERSION)
        if is_done(STAMP, wanted) and FOLDER.is_dir():
            return
        say("installing Lighthouse for the figures")
        FOLDER.mkdir(parents=True, exist_ok=True)
        words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", f"lighthouse@{VERSION}"]
        try:
            subprocess.run(
                [*words, "--prefix", str(FOLDER)], env=node_environment(), check=True, timeout=300, stdout=2
            )
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as fault:
            raise stop("Lighthouse could not be installed; npm says why above") from fault
        mark_done(STAMP, wanted)


if __name__ == "__main__":
    main()
