"""A font with Chinese letters for the PDF files that the server makes, where the machine has none.

Debian has one as fonts-noto-cjk, and macOS and Windows have their own. Where none is found, two weights of Noto Sans SC
are unpacked from their npm package into `.venv/fonts`, by its checksum. Standard library only, but for npm.
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from set_up_node import node_environment
from stamps import ROOT, VENV, digest, is_done, mark_done, one_at_a_time, say, stop

PYTHON = VENV / "bin" / "python"
FONTS = VENV / "fonts"
LOCK = ROOT / "fonts.lock.json"
STAMP = VENV / "stamps" / "fonts"
# Asks the product itself: the families that it would take are named in one place.
HAS_ONE = "from server.services import pdf; pdf._families()"


def main() -> None:
    with one_at_a_time("setup-fonts"):
        wanted = digest([LOCK])
        if is_done(STAMP, wanted) or has_font():
            mark_done(STAMP, wanted)
            return
        bring_font()
        if not has_font():
            raise stop("a font was unpacked into .venv/fonts, but the PDF maker does not find it")
        mark_done(STAMP, wanted)


def has_font() -> bool:
    answer = subprocess.run([PYTHON, "-c", HAS_ONE], cwd=ROOT, capture_output=True)
    return answer.returncode == 0


def bring_font() -> None:
    """Fetch the package that the lock names, and keep what the lock lists of it."""
    lock = json.loads(LOCK.read_text())
    say(f"no font with Chinese letters here; fetching {lock['package']}")
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", f"{lock['package']}@{lock['version']}"]
        try:
            subprocess.run(command, cwd=folder, env=node_environment(), check=True, stdout=subprocess.PIPE)
        except (subprocess.CalledProcessError, OSError) as fault:
            raise stop(
                "the font could not be fetched; on Debian the package fonts-noto-cjk will do instead"
            ) from fault
        (packed,) = Path(folder).glob("*.tgz")
        checksum = "sha512-" + base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()
        if checksum != lock["integrity"]:
            raise stop("the font's package is not the one that was looked at")
        FONTS.mkdir(parents=True, exist_ok=True)
        with tarfile.open(packed) as archive:
            for name in lock["files"]:
                found = archive.extractfile(name)
                if found is None:
                    raise stop(f"the font's package does not hold {name}")
                # Under a name of ours: no path out of the archive is used.
                with (FONTS / Path(name).name).open("wb") as file:
                    shutil.copyfileobj(found, file)


if __name__ == "__main__":
    main()
