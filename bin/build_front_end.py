"""Build the front end when a source of it, its packages or this script changed since the last build."""

from __future__ import annotations

import subprocess
from pathlib import Path

from set_up_node import PWA, install_packages, node_environment, node_version
from stamps import VENV, digest, is_done, mark_done, one_at_a_time, run, say, stop

STAMP = VENV / "stamps" / "front-end"
BUILT = PWA / "dist" / "index.html"
NOT_SOURCES = {"node_modules", "dist", "dev-dist", "coverage", "tests", "test-results"}


def main() -> None:
    environment = node_environment()
    install_packages(environment)
    with one_at_a_time("build-front-end"):
        wanted = digest([*sources(), Path(__file__).resolve()], node_version(environment))
        if is_done(STAMP, wanted) and BUILT.is_file():
            return
        say("building the front end")
        try:
            run(["npm", "run", "--silent", "build"], cwd=PWA, env=environment)
        except subprocess.CalledProcessError as fault:
            raise stop("the front end does not build; the reason is above") from fault
        if not BUILT.is_file():
            raise stop("the build left no pwa/dist/index.html")
        mark_done(STAMP, wanted)


def sources() -> list[Path]:
    """Every file that a build reads; test files count too, which costs a build and never misses one."""
    files: list[Path] = []
    for entry in PWA.iterdir():
        if entry.name in NOT_SOURCES:
            continue
        if entry.is_file():
            files.append(entry)
        else:
            files.extend(file for file in entry.rglob("*") if file.is_file())
    return files


if __name__ == "__main__":
    main()
