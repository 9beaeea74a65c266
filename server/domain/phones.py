"""Telephone numbers: in which country one without a country code is, and the form in which two are the same."""

from __future__ import annotations

from typing import Final

from server.domain.imports.values import read_phone

REGIONS: Final = {
    "Asia/Hong_Kong": "HK",
    "Asia/Macau": "MO",
    "Asia/Taipei": "TW",
    "Asia/Singapore": "SG",
    "Asia/Kuala_Lumpur": "MY",
}


def region_of(timezone: str) -> str:
    """ISO 3166 country of numbers that have no country code, by the company's time zone."""
    return REGIONS.get(timezone, "CN")


def as_e164(phone: str, timezone: str) -> str:
    """A number as it is compared, "" for what is none."""
    return read_phone(phone, region_of(timezone))[0] if phone else ""
