"""See to a Chromium for the browser tests: the machine's own, Debian's package as root, or Playwright's.

Ends with code 3 and one clear line when none can be had, so that whoever calls it can say so and go on.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from stamps import VENV, one_at_a_time, run, say

NO_BROWSER = 3
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CHINESE_FONT = "fonts-noto-cjk"
NOTE = VENV / "stamps" / "browser"


def main() -> int:
    with one_at_a_time("setup-browser"):
        found = machine_browser() or debian_browser() or playwright_browser()
        if found is None:
            say("no browser: install Chromium (apt-get install chromium), or name one in ROUTEBOOK_BROWSER")
            return NO_BROWSER
        if can_install() and not has_chinese_font():
            install(CHINESE_FONT)
        NOTE.parent.mkdir(parents=True, exist_ok=True)
        NOTE.write_text(found + "\n")
    return 0


def machine_browser() -> str | None:
    """The browser named in ROUTEBOOK_BROWSER, else the first Chromium on the PATH."""
    named = os.environ.get("ROUTEBOOK_BROWSER")
    if named:
        return named if Path(named).is_file() else None
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def debian_browser() -> str | None:
    if not can_install():
        return None
    say("no browser here; installing Debian's chromium")
    return shutil.which("chromium") if install("chromium", CHINESE_FONT) else None


def playwright_browser() -> str | None:
    """Playwright's own build, downloaded when it is not there yet."""
    python = str(VENV / "bin" / "python")
    ask = (
        "from playwright.sync_api import sync_playwright\n"
        "with sync_playwright() as p: print(p.chromium.executable_path)"
    )
    try:
        answer = subprocess.run([python, "-c", ask], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        path = answer.stdout.strip()
        if path and not Path(path).is_file():
            say("no browser here; asking Playwright for its own")
            run([python, "-m", "playwright", "install", "chromium"])
        return path if path and Path(path).is_file() else None
    except (subprocess.CalledProcessError, OSError):
        return None


def can_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(*packages: str) -> bool:
    """Install Debian packages; False, with apt's words on stderr, when that fails."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        run(["apt-get", "-qq", "update"], env=environment)
        run(["apt-get", "-qq", "-y", "install", "--no-install-recommends", *packages], env=environment)
    except subprocess.CalledProcessError as fault:
        say(f"apt-get failed with code {fault.returncode}")
        return False
    return True


def has_chinese_font() -> bool:
    """Without one every Chinese character is a box, and the screenshots prove nothing."""
    if shutil.which("fc-list") is None:
        return False
    answer = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True)
    return bool(answer.stdout.strip())


if __name__ == "__main__":
    sys.exit(main())
