"""A phone that pushes to the server under test.

    phone = FakePhone(ClientWire(client))            or HttpWire("http://localhost:8000") for a real server
    phone.sign_in(field.rep)
    phone.save("visit.record", phone.visit(field.outlets[0]))
    answer = phone.push()

It works like the real one: operation ids are UUIDv7, the sequence has no gaps, a body is frozen when it is saved, an
entry leaves the queue on a receipt only (and stays in `stock` for 30 days), an answer that does not echo the batch is
refused.
"""

from __future__ import annotations

import base64
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

from server.domain.sealing import operation_info, seal_for_inbox
from server.extensions import clock
from tests.server.field import PASSWORD, STEPS, Who


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
