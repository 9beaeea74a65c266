"""A small company in the field, and phones that push to it, for the tests of the server.

    field = build_field(session)                     rows in the database, committed
    phone = FakePhone(ClientWire(client))            or HttpWire("http://localhost:8000") for a real server
    phone.sign_in(field.rep)
    phone.save("visit.record", phone.visit(field.outlets[0]))
    answer = phone.push()

`Field` holds plain ids. Beside what the tests name there are rows that must not matter: a second territory in
another zone, closed stops, ended assignments, prices of the past and of the future, a SKU no longer sold, an
outlet on no route.

A `FakePhone` works like the real one: operation ids are UUIDv7, the sequence has no gaps, a body is frozen when it
is saved, an entry leaves the queue on a receipt only (and stays in `stock` for 30 days), an answer that does not
echo the batch is refused.
"""

from __future__ import annotations

import base64
import functools
import gzip
import hashlib
import http.client
import json
import secrets
import uuid
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol
from urllib.parse import urlsplit

from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.domain.sealing import operation_info, seal_for_inbox
from server.extensions import clock
from server.models import (
    COMPANY_ID,
    Assignment,
    AuditHead,
    Brand,
    Company,
    Contact,
    MustSell,
    Outlet,
    Person,
    PersonRole,
    Price,
    Route,
    Sku,
    Stop,
    Territory,
    Truck,
)
from server.services.audit import GENESIS
from server.services.passwords import hash_password

PASSWORD = "correct horse 2026"
# A Monday, long before any test's clock: the week cycles count from it.
ANCHOR = date(2025, 1, 6)
BEGAN = datetime(2025, 1, 6, tzinfo=UTC)
SKUS = 12
PACK = 12
STEPS = ("prepare", "outdoor", "greet", "merchandise", "count", "present", "order", "thank")


@functools.cache
def _password_hash() -> str:
    """Argon2 takes a tenth of a second: once a process is enough."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Who:
    """A person who can sign in with PASSWORD."""

    id: int
    login: str


@dataclass(frozen=True)
class Field:
    """The ids of the company that `build_field` made.

    `outlets` are stops of `route`, held by `rep` (driver `driver`, truck `truck`), every weekday but Sunday;
    `other_outlets` those of `other_route` in the same territory, held by `other_rep`; `far_outlets` those of
    `far_route` in the far territory (Asia/Kolkata), held by `far_rep`, driven by `far_driver`.
    `supervisor` supervises both routes of the near territory. `skus` in count order, packs of PACK, price
    `prices[sku]` in the list "standard" since 2025; `gone_sku` is no longer sold; `loose_outlet` is on no route.
    """

    territory: int
    far_territory: int
    rep: Who
    other_rep: Who
    far_rep: Who
    substitute: Who
    driver: Who
    far_driver: Who
    supervisor: Who
    manager: Who
    custodian: Who
    administrator: Who
    route: int
    other_route: int
    far_route: int
    truck: int
    far_truck: int
    outlets: tuple[int, ...]
    other_outlets: tuple[int, ...]
    far_outlets: tuple[int, ...]
    loose_outlet: int
    closed_outlet: int
    skus: tuple[int, ...]
    gone_sku: int
    prices: Mapping[int, int]


def build_field(session: Session, *, outlets: int = 6, skus: int = SKUS) -> Field:
    """Fill an empty database and commit. `outlets` a route, `skus` sold."""
    session.add_all(
        [
            Company(
                id=COMPANY_ID,
                name="试点饮料",
                name_en="Pilot Drinks",
                timezone="Asia/Hong_Kong",
                currency="HKD",
                epoch=uuid.uuid4(),
                cycle_anchor=ANCHOR,
            ),
            AuditHead(id=1, seq=0, digest=GENESIS),
        ]
    )
    near = Territory(code="T1", name="旺角", name_en="Mong Kok", timezone="Asia/Hong_Kong")
    far = Territory(code="T2", name="远区", name_en="Far", timezone="Asia/Kolkata")
    trucks = [Truck(plate=plate, capacity_cases=400) for plate in ("NEAR 1", "NEAR 2", "FAR 1")]
    session.add_all([near, far, *trucks])
    session.flush()
    people = _people(session)
    routes = [
        Route(code="R1", name="一线", name_en="Route 1", territory_id=near.id),
        Route(code="R2", name="二线", name_en="Route 2", territory_id=near.id),
        Route(code="R3", name="三线", name_en="Route 3", territory_id=far.id),
    ]
    session.add_all(routes)
    session.flush()
    held = [
        ("rep", "driver", trucks[0]),
        ("other_rep", "other_driver", trucks[1]),
        ("far_rep", "far_driver", trucks[2]),
    ]
    for route, (rep, driver, truck) in zip(routes, held, strict=True):
        _assign(session, route.id, "rep", people[rep].id)
        _assign(session, route.id, "driver", people[driver].id)
        session.add(Assignment(route_id=route.id, role="truck", truck_id=truck.id, starts_at=BEGAN))
    for route in routes[:2]:
        _assign(session, route.id, "supervisor", people["supervisor"].id)
    # Long ago the substitute held the first route: an ended assignment that must not matter.
    _assign(
        session,
        routes[0].id,
        "rep",
        people["substitute"].id,
        starts_at=BEGAN - timedelta(days=200),
        ends_at=BEGAN,
    )
    stores = [_outlets(session, near.id, "N", outlets), _outlets(session, near.id, "M", outlets)]
    stores.append(_outlets(session, far.id, "F", outlets))
    for route, ids in zip(routes, stores, strict=True):
        _stops(session, route.id, ids)
    loose, closed = _outlets(session, near.id, "L", 2)
    session.get_one(Outlet, closed).status = "closed"
    _stops(session, routes[0].id, [closed])
    # The loose outlet was on the second route until the end of 2024.
    session.add(
        Stop(
            route_id=routes[1].id,
            outlet_id=loose,
            weekday=0,
            sequence=99,
            valid_from=date(2024, 1, 1),
            valid_to=date(2024, 12, 31),
        )
    )
    sku_ids, gone, prices = _catalogue(session, skus)
    session.commit()
    session.expire_all()
    return Field(
        territory=near.id,
        far_territory=far.id,
        route=routes[0].id,
        other_route=routes[1].id,
        far_route=routes[2].id,
        truck=trucks[0].id,
        far_truck=trucks[2].id,
        outlets=tuple(stores[0]),
        other_outlets=tuple(stores[1]),
        far_outlets=tuple(stores[2]),
        loose_outlet=loose,
        closed_outlet=closed,
        skus=tuple(sku_ids),
        gone_sku=gone,
        prices=prices,
        **{name: who for name, who in people.items() if name != "other_driver"},
    )


def _people(session: Session) -> dict[str, Who]:
    roles = {
        "rep": ["rep"],
        "other_rep": ["rep"],
        "far_rep": ["rep"],
        "substitute": ["rep"],
        "driver": ["driver"],
        "other_driver": ["driver"],
        "far_driver": ["driver"],
        "supervisor": ["supervisor"],
        "manager": ["manager"],
        "custodian": ["custodian"],
        "administrator": ["administrator"],
    }
    rows = {
        name: Person(
            login=name,
            name=f"{name} 先生",
            name_en=name,
            password_hash=_password_hash(),
            locale="en",
            created_at=BEGAN,
            roles=[PersonRole(role=role, valid_from=BEGAN.date()) for role in held],
        )
        for name, held in roles.items()
    }
    session.add_all(rows.values())
    session.flush()
    return {name: Who(row.id, row.login) for name, row in rows.items()}


def _assign(
    session: Session,
    route: int,
    role: str,
    person: int,
    *,
    starts_at: datetime = BEGAN,
    ends_at: datetime | None = None,
    kind: str = "regular",
) -> None:
    session.add(
        Assignment(
            route_id=route, role=role, person_id=person, starts_at=starts_at, ends_at=ends_at, kind=kind
        )
    )


def reassign(
    session: Session, field: Field, *, to: Who, at: datetime, route: int | None = None, role: str = "rep"
) -> None:
    """Close the open assignment of a route (default: the first) at an instant and give it to somebody else."""
    session.rollback()
    chosen = route or field.route
    for row in session.query(Assignment).filter_by(route_id=chosen, role=role, ends_at=None):
        row.ends_at = at
    _assign(session, chosen, role, to.id, starts_at=at)
    session.commit()


def substitute(
    session: Session,
    field: Field,
    *,
    by: Who,
    starts_at: datetime,
    ends_at: datetime,
    route: int | None = None,
) -> None:
    """Let somebody stand in for the rep of a route (default: the first) for a while."""
    session.rollback()
    _assign(
        session,
        route or field.route,
        "rep",
        by.id,
        starts_at=starts_at,
        ends_at=ends_at,
        kind="substitution",
    )
    session.commit()


def _outlets(session: Session, territory: int, letter: str, count: int) -> list[int]:
    base = {"N": (22.318, 114.169), "M": (22.330, 114.160), "L": (22.310, 114.180), "F": (19.076, 72.877)}
    latitude, longitude = base[letter]
    rows = [
        Outlet(
            code=f"{letter}{number:03}",
            name=f"{letter} 便利店 {number}",
            name_en=f"{letter} Store {number}",
            name_skeleton=f"{letter.lower()}便利店{number}",
            outlet_class="ABCD"[number % 4],
            address=f"{number} Nathan Road",
            latitude=latitude + number * 0.0005,
            longitude=longitude,
            territory_id=territory,
            created_at=BEGAN,
            contacts=[Contact(name=f"老板 {number}", role="owner", phone=f"+852 6000 {number:04}")],
        )
        for number in range(count)
    ]
    session.add_all(rows)
    session.flush()
    return [row.id for row in rows]


def _stops(session: Session, route: int, outlets: Iterable[int]) -> None:
    session.add_all(
        Stop(
            route_id=route,
            outlet_id=outlet,
            weekday=weekday,
            sequence=number + 1,
            planned_minute=540 + 12 * number,
            valid_from=BEGAN.date(),
        )
        for number, outlet in enumerate(outlets)
        for weekday in range(6)
    )


def _catalogue(session: Session, count: int) -> tuple[list[int], int, dict[int, int]]:
    brands = [Brand(name=f"牌子 {n}", name_en=f"Brand {n}", position=n) for n in (1, 2)]
    session.add_all(brands)
    session.flush()
    rows = [
        Sku(
            code=f"S{number:03}",
            name=f"汽水 {number}",
            name_en=f"Soda {number}",
            brand_id=brands[number * 2 // (count + 1)].id,
            position=number,
            volume_ml=500,
            pack=PACK,
            active=number < count,
        )
        for number in range(count + 1)
    ]
    session.add_all(rows)
    session.flush()
    prices = {row.id: 300 + 10 * number for number, row in enumerate(rows)}
    for sku, minor in prices.items():
        session.add_all(
            [
                Price(sku_id=sku, valid_from=date(2025, 1, 1), piece_minor=minor),
                Price(sku_id=sku, valid_from=date(2020, 1, 1), piece_minor=minor - 100),
                Price(sku_id=sku, valid_from=date(2090, 1, 1), piece_minor=minor + 100),
                Price(
                    sku_id=sku,
                    price_list="Golden Chain",
                    valid_from=date(2025, 1, 1),
                    piece_minor=minor - 20,
                ),
            ]
        )
    session.add_all(MustSell(outlet_class="A", sku_id=row.id) for row in rows[:3])
    gone = rows.pop()
    return [row.id for row in rows], gone.id, prices


# --- the phone -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    data: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.data)


class Wire(Protocol):
    """What carries a phone's requests. Cookies stay with the wire."""

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer: ...


class ClientWire:
    """To the application in this process."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        answer = self.client.open(path, method=method, data=body, headers=dict(headers))
        return Answer(answer.status_code, {k.lower(): v for k, v in answer.headers}, answer.get_data())


class HttpWire:
    """To a real server, over one kept connection. A cut connection is raised; the next request opens another."""

    def __init__(self, url: str, *, timeout: float = 60) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(
            parts.hostname or "localhost", parts.port, timeout=timeout
        )
        self._cookies: dict[str, str] = {}

    def send(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        cookies = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        try:
            self._connection.request(
                method, path, body, {**headers, **({"Cookie": cookies} if cookies else {})}
            )
            answer = self._connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            raise
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self._cookies[key] = rest.split(";")[0]
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, data)

    def take_cookies(self, other: Wire) -> None:
        """Go on with the sign-in of another wire: the same phone on another network."""
        assert isinstance(other, HttpWire)
        self._cookies = dict(other._cookies)

    def close(self) -> None:
        self._connection.close()


def uuid7(at: datetime) -> str:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, the rest random."""
    millis = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    value = millis << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def pack_body(body: object) -> str:
    """A body as it travels: JSON, raw deflate, base64."""
    text = (
        body
        if isinstance(body, bytes)
        else json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    )
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(engine.compress(text) + engine.flush()).decode()


def seal_body(operation: Mapping[str, Any], device_id: str, public: str) -> str:
    """An operation's packed body as a phone seals it: enc ‖ ciphertext, bound to the operation."""
    info = operation_info(
        uuid.UUID(operation["id"]), uuid.UUID(device_id), operation["kind"], operation["schema"]
    )
    plain = base64.b64decode(operation["body"])
    return base64.b64encode(seal_for_inbox(base64.b64decode(public), plain, info)).decode()


def wire_time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class AnswerRefused(AssertionError):
    """The answer does not echo the batch (A11): nothing of it may be believed."""


@dataclass
class FakePhone:
    """One phone with an outbox. `offset` is server time minus this phone's time; None: never learnt.

    `queue` holds what is not receipted, in order of seq; `stock` what is; `results` every result by operation id,
    in the order in which they came.
    """

    wire: Wire
    device_id: str = field(default_factory=lambda: uuid7(clock.now()))
    # How far the phone's own clock is from the server's.
    clock_error: timedelta = timedelta(0)
    offset_ms: int | None = 0
    packed: bool = True
    batch: int = 100
    epoch: str | None = None
    known_server_seq: int = 0
    seq: int = 0
    queue: list[dict[str, Any]] = field(default_factory=list)
    stock: list[dict[str, Any]] = field(default_factory=list)
    results: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    missing: list[dict[str, int]] = field(default_factory=list)

    def now(self) -> datetime:
        """The time by this phone's clock."""
        return clock.now() + self.clock_error

    def request(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """A JSON request to the API; `body` bytes go as they are."""
        words = {"Accept-Language": "en", **(headers or {})}
        if body is None or isinstance(body, bytes):
            data = body or b""
        else:
            data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
            words.setdefault("Content-Type", "application/json")
        return self.wire.send(method, f"/api/v1{path}", data, words)

    def sign_in(self, who: Who, *, known: Mapping[str, object] | None = None) -> Answer:
        """Sign in and register this device. Returns the answer of POST /devices."""
        answer = self.request("POST", "/session", {"login": who.login, "password": PASSWORD})
        assert answer.status == 200, answer.data
        self.epoch = self.epoch or answer.json["epoch"]
        return self.register(known=known)

    def register(self, *, known: Mapping[str, object] | None = None) -> Answer:
        answer = self.request(
            "POST",
            "/devices",
            {
                "device_id": self.device_id,
                "label": "Test phone",
                "telemetry": {"persisted": True, "standalone": True, "user_agent": "FakePhone/1"},
                "known": known,
            },
        )
        if answer.status == 200:
            self.seq = max(self.seq, answer.json["next_seq"] - 1)
        return answer

    def save(
        self,
        kind: str,
        body: object,
        *,
        at: datetime | None = None,
        after: str | None = None,
        schema: int = 1,
        packed: str | None = None,
        inbox_key: Mapping[str, str] | None = None,
    ) -> str:
        """Queue an operation; returns its id. `at` by this phone's clock; `packed` stands in for the body;
        `inbox_key` as the session answer gives it seals the body."""
        at = at or self.now()
        self.seq += 1
        operation = {
            "id": uuid7(at),
            "seq": self.seq,
            "kind": kind,
            "schema": schema,
            "captured_at": wire_time(at),
            "offset_ms": self.offset_ms,
            "after": after,
            "body": pack_body(body) if packed is None else packed,
        }
        if inbox_key is not None:
            operation["key"] = inbox_key["id"]
            operation["body"] = seal_body(operation, self.device_id, inbox_key["public"])
        self.queue.append(operation)
        return str(operation["id"])

    def envelope(self, operations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return {
            "device_id": self.device_id,
            "batch_id": uuid7(self.now()),
            "sent_at": wire_time(self.now()),
            "epoch": self.epoch,
            "known_server_seq": self.known_server_seq,
            "highest_seq": self.seq,
            "operations": self.queue[: self.batch] if operations is None else operations,
        }

    def send(self, envelope: Mapping[str, Any]) -> Answer:
        """One POST /operations, nothing believed yet."""
        data = json.dumps(envelope, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {"Content-Type": "application/json"}
        if self.packed:
            data = gzip.compress(data, 6)
            headers["Content-Encoding"] = "gzip"
        return self.request("POST", "/operations", data, headers=headers)

    def push(self, operations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Send one batch (default: the front of the queue) and do what the answer says."""
        envelope = self.envelope(operations)
        answer = self.send(envelope)
        assert answer.status == 200, (answer.status, answer.data)
        self.believe(envelope, answer.json)
        return answer.json  # type: ignore[no-any-return]

    def push_all(self, *, rounds: int = 50) -> None:
        """Push until the queue is empty or nothing moves any more."""
        for _ in range(rounds):
            before = len(self.queue)
            if not before:
                return
            self.push()
            if len(self.queue) == before:
                return

    def believe(self, envelope: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
        """Receipts take entries out of the queue; a new epoch puts the whole stock back."""
        sent = [operation["id"] for operation in envelope["operations"]]
        if (
            answer["batch_id"] != envelope["batch_id"]
            or answer["operations"] != sent
            or [result["id"] for result in answer["results"]] != sent
        ):
            raise AnswerRefused
        done = set()
        for result in answer["results"]:
            self.results.setdefault(result["id"], []).append(result)
            if result["status"] in ("applied", "duplicate", "quarantined"):
                done.add(result["id"])
        known = {operation["id"] for operation in self.stock}
        self.stock += [one for one in self.queue if one["id"] in done and one["id"] not in known]
        self.queue = [one for one in self.queue if one["id"] not in done]
        self.missing = answer["missing"]
        if answer["epoch"] != self.epoch:
            waiting = {operation["id"] for operation in self.queue}
            self.queue += [one for one in self.stock if one["id"] not in waiting]
            self.queue.sort(key=lambda one: one["seq"])
            self.stock = []
            self.known_server_seq = 0
            self.epoch = answer["epoch"]
        self.known_server_seq = max(self.known_server_seq, answer["server_seq"])

    def result(self, operation_id: str) -> dict[str, Any]:
        """The newest result of an operation."""
        return self.results[operation_id][-1]

    # --- bodies ----------------------------------------------------------------------------------------------

    def fix(self) -> dict[str, float]:
        return {"latitude": 22.318, "longitude": 114.169, "accuracy_m": 9.5}

    def visit(
        self,
        outlet_id: int | None,
        *,
        at: datetime | None = None,
        minutes: float = 3,
        counts: Mapping[int, tuple[int, int]] | None = None,
        lines: Iterable[tuple[int, int, int, int]] = (),
        delivery_day: date | None = None,
        **changes: object,
    ) -> dict[str, Any]:
        """The body of a visit that began at `at` (by this phone's clock) and is complete. `counts`: pieces on
        shelf and in the backroom by SKU; `lines`: SKU, suggested, quantity, price; `changes` replace top fields."""
        began = at or self.now() - timedelta(minutes=minutes)
        lines = list(lines)
        ordered = [[sku, suggested, quantity, price, "" if suggested == quantity else "owner_wants_more"]
                   for sku, suggested, quantity, price in lines]  # fmt: skip
        total = sum(quantity * price for _, _, quantity, price in lines)
        body: dict[str, Any] = {
            "visit_id": uuid7(began),
            "outlet_id": outlet_id,
            "proposal_id": None,
            "planned": True,
            "unplanned_reason": "",
            "in": {"at": wire_time(began), "fix": self.fix(), "distance_m": 12.5},
            "out": {
                "at": wire_time(began + timedelta(minutes=minutes)),
                "fix": self.fix(),
                "distance_m": 14.0,
            },
            "steps": [[step, "done", "", ""] for step in STEPS],
            "counts": {
                "skus": list(counts),
                "shelf": [shelf for shelf, _ in counts.values()],
                "backroom": [backroom for _, backroom in counts.values()],
                "source": "t" * len(counts),
            }
            if counts
            else None,
            "order": {
                "order_id": uuid7(began),
                "delivery_day": (delivery_day or self._next_working_day(began)).isoformat(),
                "price_list": "standard",
                "lines": ordered,
                "total_minor": total,
                "signature": "M10 20 L30 40 L50 20",
            }
            if ordered
            else None,
            "outcome": None if ordered else "enough_stock",
            "outcome_note": "",
            "notes": [],
            "promises": [],
            "kept": [],
            "next_visit_day": None,
            "next_visit_shown": True,
        }
        return {**body, **changes}

    def _next_working_day(self, at: datetime) -> date:
        day = (at + timedelta(hours=8)).date() + timedelta(days=1)
        return day + timedelta(days=1) if day.weekday() == 6 else day


def photo_sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
