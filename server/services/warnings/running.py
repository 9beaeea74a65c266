"""Everybody is looked at once a night, by rules that are the same for all; only what is worth a look is kept."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.domain.warnings import (
    STORE_KINDS,
    Signal,
    held_signal,
    person_warning,
    store_signals,
    worth_a_look,
)
from server.extensions import db
from server.models import PersonWarning, WarningRun
from server.services import audit, jobs
from server.services.company import get_company
from server.services.jobs import Claimed, Report
from server.services.transaction import deed
from server.services.warnings.facts import Held, Span, find_held, find_people, find_stores, near

KEPT_FOR: Final = timedelta(days=90)
MOST_STORES: Final = 50


@dataclass(frozen=True)
class Found:
    """What is worth a look about one person, and the stores behind it."""

    person_id: int
    signals: Sequence[Signal]
    stores: Sequence[tuple[int, Signal]]
    held_since: date | None


def run(report: Report, claimed: Claimed) -> None:
    """The nightly job."""
    look_all(now=report.now(), by=claimed.asked_by)
    jobs.finish(claimed=claimed, result="", now=report.now())


def look_all(*, now: datetime, by: int | None) -> None:
    """Look at everybody and keep what is worth a look. What is read and reckoned holds no lock."""
    session = db.session()
    timezone = get_company(session).timezone
    span = Span(now.astimezone(ZoneInfo(timezone)).date(), timezone)
    people, found = look(session, span=span, now=now)
    session.rollback()
    keep(found=found, people=people, day=span.today, now=now, by=by)


def look(session: Session, *, span: Span, now: datetime) -> tuple[int, list[Found]]:
    """How many people were looked at, and about whom enough changed. Reads only."""
    people = find_people(session, span)
    held = find_held(session, span, now)
    stores = find_stores(session, span, frozenset().union(*(one.stores for one in held.values())))
    changed = {outlet: store_signals(facts) for outlet, facts in stores.items()}
    found = []
    for person_id, weeks in people.items():
        beside = near(person_id, held, people)
        own = person_warning(weeks, [people[one] for one in beside]).signals
        of_stores, behind = _of_stores(person_id, beside, held, changed)
        signals = sorted([*own, *of_stores], key=lambda one: -one.z)
        if worth_a_look(signals):
            since = held[person_id].since if person_id in held else None
            found.append(Found(person_id, signals, behind, since))
    return len(people), found


def _of_stores(
    person_id: int, beside: Sequence[int], held: Mapping[int, Held], changed: Mapping[int, tuple[Signal, ...]]
) -> tuple[list[Signal], list[tuple[int, Signal]]]:
    """The signals that a person's stores give together, and the stores that give them."""
    mine = held[person_id].stores if person_id in held else frozenset()
    others = frozenset().union(*(held[one].stores for one in beside if one in held)) - mine
    signals, behind = [], []
    for kind in STORE_KINDS:
        showing = [(at, one) for at in sorted(mine) for one in changed[at] if one.kind == kind]
        around = sum(any(one.kind == kind for one in changed[at]) for at in others)
        signal = held_signal(kind, len(showing), len(mine), around, len(others))
        if signal is not None:
            signals.append(signal)
            behind += showing
    behind.sort(key=lambda one: (-one[1].z, one[0]))
    return signals, behind[:MOST_STORES]


@deed
def keep(
    session: Session, *, found: Sequence[Found], people: int, day: date, now: datetime, by: int | None
) -> None:
    """Put a day's findings in the place of those of the same day, and forget what is older than 90 days."""
    old = select(WarningRun.id).where((WarningRun.day <= day - KEPT_FOR) | (WarningRun.day == day))
    gone = list(session.scalars(old))
    session.execute(delete(PersonWarning).where(PersonWarning.run_id.in_(gone)))
    session.execute(delete(WarningRun).where(WarningRun.id.in_(gone)))
    run_row = WarningRun(day=day, at=now, people=people)
    session.add(run_row)
    session.flush()
    for one in found:
        session.add(
            PersonWarning(
                run_id=run_row.id,
                person_id=one.person_id,
                signals=[asdict(signal) for signal in one.signals],
                stores=[
                    {"outlet_id": outlet, "kind": signal.kind, "seen": signal.seen, "usual": signal.usual}
                    for outlet, signal in one.stores
                ],
                held_since=one.held_since,
            )
        )
    # Names nobody: whose names they are is read on the page, and that reading is written down.
    audit.record(
        session, at=now, person_id=by, deed="warning.look", subject="warning:all",
        detail={"people": people, "found": len(found)},
    )  # fmt: skip
