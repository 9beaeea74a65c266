"""Notices in a person's own list, told by the deed that causes them; and word of them pushed to browsers that ask."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.config import Settings
from server.domain.notices import KEPT
from server.domain.web_push import base64url, point_of, raw_point
from server.extensions import clock
from server.models import Job, Notice, PushSubscription
from server.services import alerts, jobs, notices, people
from server.services.pushing import NotPushed, Sender
from server.services.transaction import deed
from tests.server.api.desk import at_desk
from tests.server.fake_phone import ClientWire, FakePhone
from tests.server.field import Field, Who, field_at

MORNING = datetime(2026, 11, 23, 0, 30, tzinfo=UTC)
SECRET = b"0123456789abcdef"


@dataclass
class PushService:
    """A push service on this machine: keeps what comes, and answers as it is told."""

    port: int = 0
    answers: list[int] = field(default_factory=list)
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@pytest.fixture
def service() -> Iterator[PushService]:
    made = PushService()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.came.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(made.answers.pop(0) if made.answers else 201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def field_(session: Session) -> Field:
    return field_at(session, MORNING)


@dataclass
class Browser:
    """A phone whose browser subscribed: opens what was encrypted to it."""

    phone: FakePhone
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def subscribe(self, endpoint: str, **more: str) -> int:
        keys = {"public_key": base64url(raw_point(self.key)), "secret": base64url(SECRET), **more}
        return self.phone.request("PUT", "/notices/push", {"endpoint": endpoint, **keys}).status

    def opened(self, body: bytes) -> bytes:
        """RFC 8291 from the browser's side, written here anew."""
        salt, theirs, sealed = body[:16], body[21:86], body[86:]
        shared = self.key.exchange(ec.ECDH(), point_of(theirs))
        info = b"WebPush: info\x00" + raw_point(self.key) + theirs
        keying = HKDF(hashes.SHA256(), 32, SECRET, info).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\x00").derive(keying)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\x00").derive(keying)
        return AESGCM(key).decrypt(nonce, sealed, None).removesuffix(b"\x02")


def browser(app: Flask, who: Who) -> Browser:
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(who)
    return Browser(phone)


@pytest.fixture
def inside(app: Flask, service: PushService) -> Iterator[frozenset[str]]:
    """The house's own push service may be called though it is in the house."""
    known: Settings = app.config["SETTINGS"]
    object.__setattr__(known, "inside_hosts", frozenset({service.host}))
    yield known.inside_hosts
    object.__setattr__(known, "inside_hosts", frozenset())


@deed
def told(session: Session, *, who: Who, now: datetime) -> None:
    notices.tell(session, [who.id], "task", "task:1", {}, now)


class Report:
    def now(self) -> datetime:
        return clock.now()

    def say(self, *, progress: int | None = None, words: str = "", detail: str = "") -> None: ...

    def watch(self, process: object) -> None: ...


def push_now(app: Flask, inside: frozenset[str]) -> None:
    """Work off the pushing job, without waiting between tries."""
    claimed = jobs.claim(worker="w", now=clock.now())
    assert claimed is not None
    assert claimed.kind == notices.PUSH
    key = app.extensions["push_key"]
    sender = Sender(key=key, contact="mailto:it@example.com", inside=inside, wait=lambda _: None)
    sender.push(Report(), claimed)


def kinds(phone: FakePhone) -> list[str]:
    return [one["kind"] for one in phone.request("GET", "/notices").json["notices"]]


def subscriptions(session: Session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(PushSubscription)) or 0


def test_a_case_given_to_somebody_is_in_their_list_until_they_have_seen_it(app: Flask, field_: Field):
    manager, supervisor = at_desk(app, field_.manager), at_desk(app, field_.supervisor)
    case = {
        "outlet_id": field_.outlets[0], "kind": "complaint", "text": "x", "owner_id": field_.supervisor.id,
    }  # fmt: skip
    made = manager.request("POST", "/cases", case).json["id"]
    page = supervisor.request("GET", "/notices").json
    assert [(one["kind"], one["subject"], one["seen"]) for one in page["notices"]] == [
        ("case", f"case:{made}", False)
    ]
    assert page["unseen"] == 1
    assert kinds(manager) == []
    assert supervisor.request("POST", "/notices/seen", {"up_to": page["notices"][0]["id"]}).status == 204
    assert supervisor.request("GET", "/notices").json["unseen"] == 0


def test_nobody_sees_or_marks_the_notices_of_another(app: Flask, field_: Field, session: Session):
    told(who=field_.rep, now=clock.now())
    other = at_desk(app, field_.manager)
    newest = session.scalar(select(func.max(Notice.id)))
    session.rollback()
    assert kinds(other) == []
    assert other.request("POST", "/notices/seen", {"up_to": newest}).status == 204
    assert at_desk(app, field_.rep).request("GET", "/notices/unseen").json == {"unseen": 1}


def test_notices_are_kept_for_ninety_days(app: Flask, field_: Field, session: Session):
    told(who=field_.rep, now=clock.now())
    clock.start_at(MORNING + KEPT + timedelta(hours=1))
    assert kinds(at_desk(app, field_.rep)) == []
    told(who=field_.manager, now=clock.now())
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Notice)) == 1


def test_word_of_a_notice_reaches_the_browser_and_says_nothing_but_kind_and_count(
    app: Flask, field_: Field, service: PushService, inside: frozenset[str], session: Session
):
    rep = browser(app, field_.rep)
    assert rep.subscribe(f"http://{service.host}/send/abc") == 204
    assert rep.phone.request("GET", "/notices/push").json["on"] is True
    told(who=field_.rep, now=clock.now())
    push_now(app, inside)
    ((path, headers, body),) = service.came
    assert (path, headers["content-encoding"], headers["ttl"]) == ("/send/abc", "aes128gcm", "43200")
    assert headers["authorization"].startswith("vapid t=")
    assert rep.opened(body) == b'{"kind":"task","count":1}'
    session.rollback()
    assert session.scalars(select(Job.state).where(Job.kind == notices.PUSH)).all() == ["done"]


def test_a_push_service_that_is_busy_is_asked_again_and_one_that_stays_so_fails_the_job_only(
    app: Flask, field_: Field, service: PushService, inside: frozenset[str]
):
    assert browser(app, field_.rep).subscribe(f"http://{service.host}/a") == 204
    told(who=field_.rep, now=clock.now())
    service.answers = [503, 429]
    push_now(app, inside)
    assert len(service.came) == 3
    told(who=field_.rep, now=clock.now())
    service.answers = [500, 500, 500]
    with pytest.raises(NotPushed):
        push_now(app, inside)
    assert kinds(at_desk(app, field_.rep)) == ["task", "task"]


@pytest.mark.parametrize("gone", [404, 410])
def test_a_subscription_that_its_service_does_not_know_any_more_is_dropped(
    app: Flask, field_: Field, service: PushService, inside: frozenset[str], session: Session, gone: int
):
    assert browser(app, field_.rep).subscribe(f"http://{service.host}/a") == 204
    told(who=field_.rep, now=clock.now())
    service.answers = [gone]
    push_now(app, inside)
    assert subscriptions(session) == 0


def test_sign_out_freeze_and_revocation_end_a_subscription(
    app: Flask, field_: Field, service: PushService, inside: frozenset[str], session: Session
):
    reps = [browser(app, who) for who in (field_.rep, field_.other_rep, field_.far_rep)]
    for number, one in enumerate(reps):
        assert one.subscribe(f"http://{service.host}/{number}") == 204
    assert subscriptions(session) == 3
    assert reps[0].phone.request("DELETE", "/session").status == 204
    people.freeze(person_id=field_.other_rep.id, reason="x", by=field_.manager.id, now=clock.now())
    device = reps[2].phone.device_id
    assert at_desk(app, field_.supervisor).request("DELETE", f"/devices/{device}").status == 204
    assert subscriptions(session) == 0


@pytest.mark.parametrize(
    "endpoint", ["http://example.com/x", "https://user@example.com/", "ftp://example.com/", "https://a:99/x"]
)
def test_an_address_that_the_house_would_not_call_is_not_taken(app: Flask, field_: Field, endpoint: str):
    assert browser(app, field_.rep).subscribe(endpoint) == 422


def test_an_address_inside_the_house_is_never_called_and_dropped(
    app: Flask, field_: Field, service: PushService, session: Session
):
    assert browser(app, field_.rep).subscribe("https://127.0.0.1/x") == 204
    told(who=field_.rep, now=clock.now())
    push_now(app, frozenset())
    assert service.came == []
    assert subscriptions(session) == 0


def test_keys_that_are_none_and_a_desk_without_a_device_are_refused(app: Flask, field_: Field):
    rep = browser(app, field_.rep)
    assert rep.subscribe("https://push.example.com/x", public_key="AAAA") == 422
    assert rep.subscribe("https://push.example.com/x", secret="*") == 422
    assert Browser(at_desk(app, field_.manager)).subscribe("https://push.example.com/x") == 409


def test_an_alert_is_told_to_its_owner_once_and_to_whom_it_is_given(app: Flask, field_: Field):
    @deed
    def raised(session: Session) -> None:
        alerts.raise_alert(
            session, kind="reveal.off_route", subject=f"person:{field_.rep.id}", at=clock.now()
        )

    raised()
    raised()
    supervisor, manager = at_desk(app, field_.supervisor), at_desk(app, field_.manager)
    assert kinds(supervisor) == ["alert"]
    (alert,) = supervisor.request("GET", "/alerts?mine=true").json["alerts"]
    assert (alert["owner_id"], alert["count"]) == (field_.supervisor.id, 2)
    boss = {"owner_id": field_.administrator.id}
    assert manager.request("POST", f"/alerts/{alert['id']}/assign", boss).status == 204
    assert kinds(at_desk(app, field_.administrator)) == ["alert"]
    rep = {"owner_id": field_.rep.id}
    assert manager.request("POST", f"/alerts/{alert['id']}/assign", rep).status == 422


def test_a_rule_says_whether_how_severe_from_when_on_and_whose(app: Flask, field_: Field):
    manager = at_desk(app, field_.manager)
    rules = {one["kind"]: one for one in manager.request("GET", "/alerts/rules").json}
    assert (rules["reveal.unusual_pace"]["threshold"], rules["reveal.unusual_pace"]["most"]) == (6, 60)

    def put(kind: str, **rule: object) -> int:
        whole = {"is_on": True, "severity": "alarm", **rule}
        return manager.request("PUT", f"/alerts/rules/{kind}", whole).status

    def raise_off_route() -> int:
        @deed
        def raised(session: Session) -> None:
            subject = f"person:{field_.far_rep.id}"
            alerts.raise_alert(session, kind="reveal.off_route", subject=subject, at=clock.now())

        raised()
        return len(manager.request("GET", "/alerts").json["alerts"])

    assert put("reveal.off_route", is_on=False) == 204
    assert raise_off_route() == 0
    assert put("reveal.off_route", owner_id=field_.manager.id) == 204
    assert raise_off_route() == 1
    (alert,) = manager.request("GET", "/alerts").json["alerts"]
    assert (alert["severity"], alert["owner_id"]) == ("alarm", field_.manager.id)
    assert put("reveal.off_route", owner_id=field_.manager.id, owner_role="auditor") == 422
    assert put("reveal.off_route", owner_id=field_.rep.id) == 422
    assert put("reveal.unusual_pace", threshold=1) == 422
    assert put("reveal.unusual_pace", threshold=9) == 204
    assert put("reveal.off_route", threshold=9) == 422
    assert put("audit.broken", is_on=False) == 422
    assert put("nothing.known") == 404
    assert at_desk(app, field_.supervisor).request("PUT", "/alerts/rules/audit.broken", {}).status == 403
