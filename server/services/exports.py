"""Exports: asked for with a reason, signed by others who prove that it is they, fetched once by the asker."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, Literal
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain import exports as rule
from server.domain.journey_plan import business_date
from server.domain.permission import allowed
from server.errors import Conflict, FieldError, Invalid, NotFound
from server.extensions import db
from server.models import AuditEntry, ExportRequest, ExportSignature
from server.services import audit
from server.services.agreements import require_accepted
from server.services.checkpoints import CheckpointKeeper
from server.services.company import get_company
from server.services.evidence_pack import Packing
from server.services.export_files import MIME, Scope, make_evidence, make_file, read_scope
from server.services.export_views import OPEN, asked_as, is_expired, signature_of
from server.services.people import get_person, refuse_leaving
from server.services.transaction import deed

# Knocks on one file that are written down in an hour; more of them say nothing new.
KNOCKS_AN_HOUR: Final = 20
Why = Literal["", "foreign", "taken", "expired", "refused", "link"]


@dataclass(frozen=True)
class Wish:
    """What somebody wants to take out, and why."""

    reason: str
    filter: Mapping[str, object]
    fields: Sequence[str]
    format: str


@dataclass(frozen=True)
class File:
    """A file that leaves the house now."""

    name: str
    mime: str
    content: bytes


def _today(session: Session, now: datetime) -> date:
    return business_date(now, get_company(session).timezone)


def ask(*, wish: Wish, person_id: int, device_id: UUID | None, now: datetime) -> UUID:
    """Ask for a file. Nothing leaves yet. Errors: Invalid, TooLarge, NotAllowed `leaving`."""
    session = db.session()
    refuse_leaving(session, person_id)
    require_accepted(session, person_id)
    rule.check_fields(wish.fields)
    export = ExportRequest(
        id=uuid4(),
        person_id=person_id,
        device_id=device_id,
        asked_at=now,
        reason=wish.reason,
        filter=dict(wish.filter),
        fields=list(wish.fields),
        format=wish.format,
        status="asked",
    )
    scope = read_scope(session, export, _today(session, now))
    export.rows, export.scope_sha256, export.duties = len(scope.rows), scope.sha256, sorted(scope.duties)
    _write(export, now)
    return export.id


@deed
def _write(session: Session, export: ExportRequest, now: datetime) -> None:
    session.add(export)
    audit.record(
        session,
        at=now,
        person_id=export.person_id,
        deed="export.ask",
        subject=f"export:{export.id}",
        detail={
            "rows": export.rows,
            "fields": list(export.fields),
            "format": export.format,
            "scope": export.scope_sha256,
        },
        content={"reason": export.reason, "filter": export.filter},
    )


def sign(*, export_id: UUID, signer: rule.Signer, seen_sha256: str, now: datetime) -> None:
    """Consent to what the request would take out, as it was shown. The last signature it needs opens it for a day.

    Errors: NotFound; Conflict `scope_changed` when the book says something else by now (the new scope is shown next),
    Conflict when nothing is to be signed; Invalid on `signer` as domain.exports.duty_of.
    """
    session = db.session()
    export = _get(session, export_id)
    scope = read_scope(session, export, _today(session, now))
    if scope.sha256 != export.scope_sha256 or seen_sha256 != export.scope_sha256:
        mark_changed(export_id=export_id, scope=scope, by=signer.person_id, now=now)
        raise Conflict("scope_changed")
    _sign(export_id, signer, scope, now)


@deed
def _sign(session: Session, export_id: UUID, signer: rule.Signer, scope: Scope, now: datetime) -> None:
    refuse_leaving(session, signer.person_id)
    export = _lock(session, export_id)
    if export.status not in OPEN or export.scope_sha256 != scope.sha256:
        raise Conflict
    given = _given(session, export)
    duty = rule.duty_of(asked_as(export), signer, given)
    session.add(
        ExportSignature(
            export_id=export.id,
            person_id=signer.person_id,
            scope_sha256=scope.sha256,
            duty=duty,
            signed_at=now,
        )
    )
    given.append(rule.Signature(signer.person_id, duty, scope.sha256))
    released = rule.is_released(scope.duties, given)
    if released:
        export.status, export.expires_at = "approved", now + rule.FETCHED_WITHIN
    audit.record(
        session,
        at=now,
        person_id=signer.person_id,
        deed="export.sign",
        subject=f"export:{export.id}",
        detail={"duty": duty, "scope": scope.sha256, "released": released},
    )


@deed
def refuse(session: Session, *, export_id: UUID, note: str, by: rule.Signer, now: datetime) -> None:
    """Say no, with a word to the asker; the asker may take the request back in the same way.

    Errors: NotFound for who neither asked nor signs; Conflict when there is nothing to refuse any more; Invalid."""
    export = _lock(session, export_id)
    own = by.person_id == export.person_id
    if not own and not allowed(by.roles, "exports.sign"):
        raise NotFound
    if export.status not in (*OPEN, "approved"):
        raise Conflict
    if not note and not own:
        raise Invalid(errors=[FieldError("note", "required")])
    export.status, export.expires_at = "refused", None
    export.refused_by, export.refused_at, export.decision_note = by.person_id, now, note
    audit.record(
        session,
        at=now,
        person_id=by.person_id,
        deed="export.refuse",
        subject=f"export:{export.id}",
        detail={"own": own},
    )


@deed
def mark_changed(session: Session, *, export_id: UUID, scope: Scope, by: int, now: datetime) -> None:
    """What would leave is not what was signed: it has to be signed again (F6)."""
    export = _lock(session, export_id)
    if export.status not in (*OPEN, "approved") or export.scope_sha256 == scope.sha256:
        return
    before = export.scope_sha256
    export.rows, export.scope_sha256, export.duties = len(scope.rows), scope.sha256, sorted(scope.duties)
    export.status, export.expires_at = "changed", None
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="export.change",
        subject=f"export:{export.id}",
        detail={"before": before, "scope": scope.sha256, "rows": export.rows},
    )


def fetch(*, export_id: UUID, person_id: int, locale: str, now: datetime, keeper: CheckpointKeeper) -> File:
    """The file, to the one who asked for it, once, within a day of the last signature.

    Errors: NotFound, written down, for everybody else, for a second time, for too late; Conflict `not_released` while
    signatures are missing, `scope_changed` when the book changed since (it has to be signed again).
    """
    session = db.session()
    export = _get(session, export_id)
    why = _why_not(export, person_id, now)
    if why:
        knock(export_id=export_id, person_id=person_id, why=why, now=now)
        raise NotFound
    if export.status != "approved":
        raise Conflict("not_released")
    scope = read_scope(session, export, _today(session, now))
    if scope.sha256 != export.scope_sha256:
        mark_changed(export_id=export_id, scope=scope, by=person_id, now=now)
        raise Conflict("scope_changed")
    asker = get_person(session, person_id)
    mark = rule.watermark(asker.name, asker.login, export.id, now)
    # Made before the transaction, from exactly the cells that were signed; it leaves only where the deed below goes
    # through, and is kept nowhere.
    if export.format == "zip":
        content = make_evidence(session, export, scope, Packing(mark, locale, keeper, now))
    else:
        content = make_file(export, scope, mark, locale)
    name, form = rule.file_name(export.id, now, export.format), export.format
    why = _take(export_id, person_id, hashlib.sha256(content).hexdigest(), now)
    if why:
        knock(export_id=export_id, person_id=person_id, why=why, now=now)
        raise NotFound
    return File(name, MIME[form], content)


@deed
def _take(session: Session, export_id: UUID, person_id: int, digest: str, now: datetime) -> Why:
    """Let the file go, unless somebody was quicker."""
    export = _lock(session, export_id)
    why = _why_not(export, person_id, now)
    if why or export.status != "approved":
        return why or "refused"
    export.status, export.taken_at, export.file_sha256 = "taken", now, digest
    audit.record(
        session,
        at=now,
        person_id=person_id,
        deed="export.take",
        subject=f"export:{export.id}",
        detail={"file": digest, "rows": export.rows},
    )
    return ""


@deed
def knock(session: Session, *, export_id: UUID, person_id: int | None, why: Why, now: datetime) -> None:
    """Write down that somebody tried to get a file that is not theirs, or not any more. An unknown id says nothing."""
    if session.get(ExportRequest, export_id) is None:
        return
    subject = f"export:{export_id}"
    lately = session.scalar(
        select(func.count())
        .select_from(AuditEntry)
        .where(
            AuditEntry.subject == subject,
            AuditEntry.deed == "export.knock",
            AuditEntry.at > now - timedelta(hours=1),
        )
    )
    if (lately or 0) < KNOCKS_AN_HOUR:
        audit.record(
            session, at=now, person_id=person_id, deed="export.knock", subject=subject, detail={"why": why}
        )


def _why_not(export: ExportRequest, person_id: int, now: datetime) -> Why:
    if export.person_id != person_id:
        return "foreign"
    if export.status == "taken":
        return "taken"
    if export.status == "refused":
        return "refused"
    return "expired" if is_expired(export, now) else ""


def _get(session: Session, export_id: UUID) -> ExportRequest:
    export = session.get(ExportRequest, export_id)
    if export is None:
        raise NotFound
    return export


def _lock(session: Session, export_id: UUID) -> ExportRequest:
    """The request, locked until the deed ends, as it stands now."""
    query = select(ExportRequest).where(ExportRequest.id == export_id).with_for_update()
    export = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if export is None:
        raise NotFound
    return export


def _given(session: Session, export: ExportRequest) -> list[rule.Signature]:
    """The signatures under the scope as it is now; those under an earlier one count no more."""
    rows = session.scalars(
        select(ExportSignature).where(
            ExportSignature.export_id == export.id, ExportSignature.scope_sha256 == export.scope_sha256
        )
    )
    return [signature_of(row) for row in rows]
