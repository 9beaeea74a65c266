"""What stands on the screens, and what a browser complains about."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from playwright.sync_api import (
    ConsoleMessage,
    WebError,
)

from tests.browser.house import ROOT
from tests.browser.inside import OF_POLICY

TEXTS = ROOT / "pwa" / "src" / "i18n" / "locales"


class Words:
    """The product's own texts in one language: what a button is called."""

    def __init__(self, locale: str = "zh-CN") -> None:
        self.locale = locale

    def text(self, key: str) -> str:
        return _texts(self.locale)[key]

    def __call__(self, key: str) -> re.Pattern[str]:
        """The whole text of `key`, with anything in the place of its {figures} and in any of its plural forms."""
        forms = [re.sub(r"\\\{\w+\\\}", ".+?", re.escape(form.strip())) for form in self.text(key).split("|")]
        return re.compile(rf"^\s*(?:{'|'.join(forms)})\s*$")

    def starting(self, key: str) -> re.Pattern[str]:
        """As `__call__`, with more words after it."""
        return re.compile(self(key).pattern.removesuffix(r"\s*$"))


@cache
def _texts(locale: str) -> dict[str, str]:
    """All texts of a language under their whole keys; a file `day.end.json` holds what is below `day.end`."""
    found: dict[str, str] = {}

    def gather(key: str, value: Any) -> None:
        if isinstance(value, dict):
            for name, inner in value.items():
                gather(f"{key}.{name}", inner)
        else:
            found[key] = str(value)

    for file in sorted((TEXTS / locale).glob("*.json")):
        gather(file.stem, json.loads(file.read_text()))
    return found


@dataclass
class Complaints:
    """What a browser complained about: errors on its console, broken promises, the content security policy."""

    said: list[str] = field(default_factory=list)
    # What the content security policy refused, Trusted Types among it. One fails the test it happened in (conftest.py).
    refused: list[str] = field(default_factory=list)
    # A server that was stopped on purpose is no fault of the page.
    forgives: re.Pattern[str] = re.compile(r"net::ERR_|Failed to load resource|ERR_CONNECTION")

    def hear(self, message: ConsoleMessage) -> None:
        if OF_POLICY.search(message.text):
            self.refused.append(message.text)
        if message.type in ("error", "warning") and not self.forgives.search(message.text):
            self.said.append(f"{message.type}: {message.text}")

    def hear_error(self, fault: WebError) -> None:
        self.said.append(f"thrown: {fault.error}")
