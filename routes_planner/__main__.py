"""`python -m routes_planner`: see `--help`."""

from __future__ import annotations

import sys

from routes_planner.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
