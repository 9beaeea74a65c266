"""Sends word of notices to the push services of the browsers that asked for it: a job, after the deed is committed.

What goes out is a kind and a count, encrypted to the browser. A subscription that its push service no longer knows is
dropped. Nothing depends on it: the notices stand in the list whether their word arrives or not.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.domain.notices import payload
from server.domain.web_push import Browser, encrypted, from_base64url, vapid
from server.errors import RoutebookError
from server.extensions import db
from server.models import Device, Person, PushSubscription
from server.services import jobs
from server.services.jobs import Claimed, Report
from server.services.notices import count_unseen
from server.services.outgoing import CallFailed, NotCalled, call
from server.services.people import MAY_SIGN_IN
from server.services.transaction import deed

NO_CONTACT: Final = "mailto:office@routebook.invalid"
PAUSES_S: Final = (0.0, 1.0, 5.0)
"""Before the first try and before each further one."""

CALL_S: Final = 10.0
WHOLE_S: Final = 90.0
"""When this is over, what is left stays in the lists only: word of yesterday helps nobody."""

AT_ONCE: Final = 8
KEPT_S: Final = 43_200
"""A push service keeps a message for a phone that is off for half a day; a newer one takes its place (Topic)."""

MOST_ANSWER: Final = 16 << 10
GONE: Final = frozenset({404, 410})
AGAIN: Final = frozenset({408, 425, 429})
SENT, GIVEN_UP, LATER, DROPPED = "sent", "given_up", "later", "dropped"


class NotPushed(RoutebookError):
    """Some push services did not take it."""

    code = "push_failed"


class Keys(Protocol):
    def get(self) -> ec.EllipticCurvePrivateKey: ...


@dataclass(frozen=True, slots=True)
class Word:
    """What goes to one device."""

    device_id: UUID
    endpoint: str
    browser: Browser
    plain: bytes


@dataclass(frozen=True)
class Sender:
    """Pushes. `inside`: hosts of the company's own that may be called though their addresses are private."""

    key: Keys
    contact: str
    inside: Collection[str] = ()
    wait: Callable[[float], None] = time.sleep

    def push(self, report: Report, claimed: Claimed) -> None:
        """The job: to every device of the people named that wants it. Errors: NotPushed, when some did not get it."""
        session = db.session()
        wanted = claimed.parameters.get("people")
        people = [int(str(one)) for one in wanted] if isinstance(wanted, list) else []
        left = words_for(session, people, str(claimed.parameters["kind"]), report.now())
        session.rollback()
        given_up = 0
        until = time.monotonic() + WHOLE_S
        for pause in PAUSES_S:
            if not left or time.monotonic() + pause > until:
                break
            self.wait(pause)
            outcomes = self.send(left, report.now(), until)
            drop([one for one, what in zip(left, outcomes, strict=True) if what == DROPPED])
            given_up += outcomes.count(GIVEN_UP)
            left = [one for one, what in zip(left, outcomes, strict=True) if what == LATER]
            report.say(progress=50)
        if left or given_up:
            raise NotPushed
        jobs.finish(claimed=claimed, result="", now=report.now())

    def send(self, words: Sequence[Word], now: datetime, until: float) -> list[str]:
        """One try each, a few at once; what became of each."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda one: self._send(one, now, until), words))

    def _send(self, word: Word, now: datetime, until: float) -> str:
        left = min(CALL_S, until - time.monotonic())
        if left <= 0:
            return LATER
        once = ec.generate_private_key(ec.SECP256R1())
        headers = {
            "Authorization": vapid(word.endpoint, self.key.get(), contact=self.contact, now=now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(KEPT_S),
            "Topic": "routebook",
            "Urgency": "normal",
        }
        body = encrypted(word.plain, word.browser, once=once, salt=os.urandom(16))
        try:
            answer = call(
                word.endpoint, method="POST", headers=headers, body=body, inside=self.inside,
                timeout_s=left, most_bytes=MOST_ANSWER,
            )  # fmt: skip
        except NotCalled:
            return DROPPED
        except CallFailed:
            return LATER
        if 200 <= answer.status < 300:
            return SENT
        if answer.status in GONE:
            return DROPPED
        return LATER if answer.status in AGAIN or answer.status >= 500 else GIVEN_UP


def words_for(session: Session, people: Collection[int], kind: str, now: datetime) -> list[Word]:
    """What goes to which device of these people: only of those who may still sign in, on devices that were not
    stopped."""
    rows = session.scalars(
        select(PushSubscription)
        .join(Person, Person.id == PushSubscription.person_id)
        .join(Device, Device.id == PushSubscription.device_id)
        .where(
            PushSubscription.person_id.in_(people),
            Person.status.in_(MAY_SIGN_IN),
            Device.revoked_at.is_(None),
        )
        .order_by(PushSubscription.device_id)
    ).all()
    unseen = {one: count_unseen(session, one, now) for one in {row.person_id for row in rows}}
    return [
        Word(
            row.device_id,
            row.endpoint,
            Browser(row.public_key, from_base64url("secret", row.secret)),
            json.dumps(payload(kind, unseen[row.person_id]), separators=(",", ":")).encode(),
        )
        for row in rows
    ]


@deed
def drop(session: Session, gone: Sequence[Word]) -> None:
    """Forget subscriptions that a push service does not know any more."""
    if gone:
        ids = [one.device_id for one in gone]
        session.execute(delete(PushSubscription).where(PushSubscription.device_id.in_(ids)))
