"""`python -m tests.soak [--minutes 10] [--seed N]`: the invariants, seed after seed, on SQLite and PostgreSQL in turn.

Ends with 1 and the seed at the first broken invariant; the folder with the server's log is kept then.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

from tests.databases import KINDS
from tests.faults.house import House, found
from tests.faults.invariants import Simulation
from tests.postgres import Postgres

ROUNDS = 40


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="this one only")
    wanted = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="routebook-soak-"))
    until = time.monotonic() + wanted.minutes * 60
    seeds = itertools.count(1000) if wanted.seed is None else [wanted.seed]
    with Postgres.start(durable=True) as postgres:
        companies = []
        for kind in KINDS:
            (folder / kind).mkdir()
            companies.append(found(kind, folder / kind, postgres if kind == "postgresql" else None))
        for seed in seeds:
            for company in companies:
                house = House(company, folder / f"{company.kind}-{seed}")
                try:
                    house.server.start()
                    simulation = Simulation(house, seed)
                    simulation.run(ROUNDS)
                except Exception as broken:
                    print(f"seed {seed} on {company.kind}: {broken!r}; see {house.folder}", flush=True)
                    return 1
                finally:
                    house.close()
                breaks = sum(simulation.broken.values())
                print(
                    f"seed {seed} on {company.kind}: {simulation.kills} kills, {breaks} broken links, all well",
                    flush=True,
                )
            if time.monotonic() > until:
                return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
