"""Looking up positions for addresses through a geocoder that the company has configured.

Polite and bounded: one question a second, each with a time limit, so many for one import and no more. A
geocoder that fails or knows nothing costs a row nothing but a remark.
"""

import functools
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import numpy as np
from geopy import geocoders
from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.exc import GeocoderNotFound, GeocoderParseError, GeocoderServiceError, GeopyError
from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from server.domain.coordinates import Crs, lone_position_fault, to_wgs84
from server.domain.imports.findings import INFO, Finding
from server.errors import RoutebookError
from server.models import ImportRow
from server.services import import_rows, outgoing
from server.services.import_staging import finish_positions
from server.services.transaction import deed

TIMEOUT_S = 5
PAUSE_S = 1.0
MOST_FOR_ONE_IMPORT = 500
# Geocoders that answer in a Chinese system; the others answer in WGS-84.
ANSWERS_IN = {"baidu": Crs.BD09, "baiduv3": Crs.BD09}
# What each geocoder calls the key it needs.
KEY_NAMES = {
    "baidu": "api_key",
    "baiduv3": "api_key",
    "here": "apikey",
    "herev7": "apikey",
    "yandex": "api_key",
}
ASKED_RULES = ("position_from_geocoder", "no_position_found")


class NoGeocoder(RoutebookError):
    """No geocoder is configured, or one that does not exist."""

    status = 409
    code = "no_geocoder"


class Geocoder(Protocol):
    """Finds the position of an address: (latitude, longitude) in WGS-84, or None. Any failure is None."""

    def locate(self, address: str) -> tuple[float, float] | None: ...


class JudgedCalls(BaseSyncAdapter):  # type: ignore[misc]
    """How geopy calls its services from this house: to judged addresses only (services.outgoing)."""

    def __init__(self, *, inside: Collection[str], proxies: object, ssl_context: object) -> None:
        super().__init__(proxies=proxies, ssl_context=ssl_context)
        self._inside = inside

    def get_text(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> str:
        try:
            answer = outgoing.call(url, headers=headers, timeout_s=timeout, inside=self._inside)
        except (outgoing.NotCalled, outgoing.CallFailed) as error:
            raise GeocoderServiceError(str(error)) from error
        text = answer.body.decode(errors="replace")
        if answer.status >= 400:
            raise AdapterHTTPError(
                f"status {answer.status}", status_code=answer.status, headers=dict(answer.headers), text=text
            )
        return text

    def get_json(self, url: str, *, timeout: float, headers: Mapping[str, str]) -> object:
        text = self.get_text(url, timeout=timeout, headers=headers)
        try:
            return json.loads(text)
        except ValueError as error:
            raise GeocoderParseError("the answer is no JSON") from error


class GeopyGeocoder:
    """One of geopy's geocoders by its name, asked at most once in `pause_s` seconds."""

    def __init__(
        self,
        name: str,
        key: str = "",
        *,
        inside: Collection[str] = (),
        pause_s: float = PAUSE_S,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        try:
            service = geocoders.get_geocoder_for_service(name)
        except GeocoderNotFound as error:
            raise NoGeocoder from error
        options: dict[str, Any] = {
            "timeout": TIMEOUT_S,
            "adapter_factory": functools.partial(JudgedCalls, inside=inside),
        }
        if key:
            options[KEY_NAMES.get(name.lower(), "api_key")] = key
        if name.lower() == "nominatim":
            options["user_agent"] = "routebook"
        self._service = service(**options)
        self._crs = ANSWERS_IN.get(name.lower(), Crs.WGS84)
        self._pause_s, self._sleep, self._clock = pause_s, sleep, clock
        self._next = 0.0

    def locate(self, address: str) -> tuple[float, float] | None:
        wait = self._next - self._clock()
        if wait > 0:
            self._sleep(wait)
        self._next = self._clock() + self._pause_s
        try:
            found = self._service.geocode(address)
        except (GeopyError, ValueError, KeyError):
            return None
        if found is None:
            return None
        return in_wgs84(self._crs, found.latitude, found.longitude)


def in_wgs84(crs: Crs, latitude: float, longitude: float) -> tuple[float, float] | None:
    """An answer as the book keeps it; None for one that cannot be true."""
    if lone_position_fault(latitude, longitude) is not None:
        return None
    lat, lon = to_wgs84(crs, np.array([latitude]), np.array([longitude]))
    return round(float(lat[0]), 7), round(float(lon[0]), 7)


@dataclass(frozen=True)
class Lookup:
    """How far the lookup of one import has come."""

    asked: int
    found: int
    remaining: int


def find_positions(
    session: Session,
    geocoder: Geocoder,
    *,
    import_id: int,
    person_id: int | None,
    now: datetime,
    at_most: int = 20,
) -> Lookup:
    """Ask for the positions of up to `at_most` rows without one. No transaction is open while it asks.

    Called again until nothing remains; a row is asked for once.
    """
    waiting, asked_before = _waiting(session, import_id)
    budget = max(0, min(at_most, MOST_FOR_ONE_IMPORT - asked_before))
    addresses = dict(waiting[:budget])
    session.rollback()
    answers = {row: geocoder.locate(address) for row, address in addresses.items()}
    if answers:
        _keep(import_id, answers)
    remaining = min(len(waiting), MOST_FOR_ONE_IMPORT - asked_before) - len(answers)
    if remaining <= 0 and (answers or asked_before):
        finish_positions(import_id=import_id, person_id=person_id, now=now)
    return Lookup(len(answers), sum(answer is not None for answer in answers.values()), max(0, remaining))


def _waiting(session: Session, import_id: int) -> tuple[list[tuple[int, str]], int]:
    """Rows that have an address and no position and were not asked for yet; and how many were."""
    asked = 0
    waiting = []
    # JSON is compared as text here, which both databases can do.
    faults = cast(ImportRow.faults, String)
    query = select(ImportRow.row, ImportRow.values, ImportRow.faults).where(
        ImportRow.import_id == import_id, faults.like("%position%")
    )
    for row, values, found in session.execute(query.order_by(ImportRow.row)):
        rules = {fault["rule"] for fault in found}
        if rules.intersection(ASKED_RULES):
            asked += 1
        elif "no_position" in rules and values.get("address"):
            waiting.append((row, str(values["address"])))
    return waiting, asked


@deed
def _keep(session: Session, import_id: int, answers: dict[int, tuple[float, float] | None]) -> None:
    changed = []
    for row in import_rows.find_some(session, import_id, sorted(answers)):
        answer = answers[row.row]
        checked = row.checked()
        checked.findings = [finding for finding in checked.findings if finding.rule != "no_position"]
        if answer is None:
            checked.findings.append(Finding("latitude", "no_position_found", severity=INFO))
        else:
            checked.values["latitude"], checked.values["longitude"] = answer
            checked.values["position_source"] = "geocoder"
            checked.findings.append(Finding("latitude", "position_from_geocoder", severity=INFO))
        changed.append((row, checked))
    import_rows.keep_state(session, import_id, changed)
