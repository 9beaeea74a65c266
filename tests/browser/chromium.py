"""Starts browsers on this machine, with nothing in them that talks to their maker."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

from playwright.sync_api import (
    Playwright,
    sync_playwright,
)

from tests.browser.house import ROOT, TIMEZONE, House
from tests.browser.phone import Phone
from tests.browser.words import Words

BROWSER_NOTE = ROOT / ".venv" / "stamps" / "browser"
CENTRAL = {"latitude": 22.2819, "longitude": 114.1581, "accuracy": 12}
PHONE_SIZE, DESK_SIZE = (390, 844), (1280, 800)
Theme = Literal["light", "dark"]


class Chromium:
    """Starts phones and desks; ends them all."""

    def __init__(self, playwright: Playwright | None = None) -> None:
        self._own = None if playwright else sync_playwright()
        self._playwright = playwright
        self.phones: list[Phone] = []
        self._folders: list[str] = []

    def take_refused(self) -> list[str]:
        """What any page was refused by the content security policy since this was asked last."""
        found = [words for phone in self.phones for words in phone.complaints.refused]
        for phone in self.phones:
            phone.complaints.refused.clear()
        return found

    def __enter__(self) -> Chromium:
        if self._own is not None:
            self._playwright = self._own.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for phone in self.phones:
            phone.close()
        for folder in self._folders:
            shutil.rmtree(folder, ignore_errors=True)
        if self._own is not None and self._playwright is not None:
            self._playwright.stop()

    def phone(
        self, house: House, *, locale: str = "zh-CN", theme: Theme = "light", scale: float = 1, **more: Any
    ) -> Phone:
        return self._start(house, locale, theme, PHONE_SIZE, touch=True, scale=scale, **more)

    def desk(
        self, house: House, *, locale: str = "zh-CN", theme: Theme = "light", scale: float = 1, **more: Any
    ) -> Phone:
        return self._start(house, locale, theme, DESK_SIZE, touch=False, scale=scale, **more)

    def _start(
        self, house: House, locale: str, theme: Theme, size: tuple[int, int], *, touch: bool, scale: float,
        **more: Any,
    ) -> Phone:  # fmt: skip
        if self._playwright is None:
            raise RuntimeError("enter Chromium first")
        folder = Path(tempfile.mkdtemp(prefix="routebook-phone-"))
        self._folders.append(str(folder))
        options = {
            **launch_options(),
            "viewport": {"width": size[0], "height": size[1]},
            "device_scale_factor": scale,
            "has_touch": touch,
            "is_mobile": touch,
            "locale": locale,
            "timezone_id": TIMEZONE,
            "color_scheme": theme,
            "geolocation": CENTRAL,
            "permissions": ["geolocation", "camera"],
            "reduced_motion": "reduce",
            **more,
        }
        phone = Phone(self._playwright, house, folder, options=options, words=Words(locale))
        self.phones.append(phone)
        return phone


def launch_options() -> dict[str, Any]:
    """The machine's own Chromium, with everything off that would talk to its maker, and a camera that is none."""
    found = BROWSER_NOTE.read_text().strip() if BROWSER_NOTE.is_file() else shutil.which("chromium")
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--no-first-run",
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium's sandbox does not start for root
    return {"executable_path": found or None, "args": arguments}
