"""Export requests as the desk shows them: to the asker, to those who sign, to the auditor."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain import exports as rule
from server.domain.errors import DomainError
from server.domain.permission import allowed
from server.errors import NotFound
from server.models import ExportRequest, ExportSignature, Person

LISTED: Final = 100
OPEN: Final = ("asked", "changed")


@dataclass(frozen=True)
class SignatureView:
    person: str
    person_en: str
    duty: str
    signed_at: datetime


@dataclass(frozen=True)
class ExportView:
    """A request as the desk shows it. `signatures`: those under the scope as it is now. `may_sign`: the duty in which
    the one who looks could sign, or ''."""

    id: UUID
    person: str
    person_en: str
    asked_at: datetime
    reason: str
    filter: Mapping[str, object]
    fields: Sequence[str]
    format: str
    rows: int
    scope_sha256: str
    status: str
    mine: bool
    duties: Sequence[str]
    signatures: list[SignatureView]
    may_sign: str
    expires_at: datetime | None
    taken_at: datetime | None
    decision_note: str


def find_exports(
    session: Session, *, looking: rule.Signer, now: datetime, limit: int = LISTED
) -> list[ExportView]:
    """Requests, the newest first: one's own; those of all for who signs or audits."""
    query = select(ExportRequest).order_by(ExportRequest.asked_at.desc(), ExportRequest.id)
    if not sees_all(looking.roles):
        query = query.where(ExportRequest.person_id == looking.person_id)
    return _views(session, list(session.scalars(query.limit(min(limit, LISTED)))), looking, now)


def get_view(session: Session, export_id: UUID, *, looking: rule.Signer, now: datetime) -> ExportView:
    """One request. Errors: NotFound, for one of somebody else too where the looker does not sign."""
    export = session.get(ExportRequest, export_id)
    if export is None:
        raise NotFound
    if export.person_id != looking.person_id and not sees_all(looking.roles):
        raise NotFound
    return _views(session, [export], looking, now)[0]


def sees_all(roles: Collection[str]) -> bool:
    """Whether somebody sees the requests of all."""
    return allowed(roles, "exports.sign") or "auditor" in roles


def _views(
    session: Session, exports: Sequence[ExportRequest], looking: rule.Signer, now: datetime
) -> list[ExportView]:
    rows = session.scalars(
        select(ExportSignature)
        .where(ExportSignature.export_id.in_([export.id for export in exports]))
        .order_by(ExportSignature.signed_at)
    )
    signatures: dict[UUID, list[ExportSignature]] = {}
    for row in rows:
        signatures.setdefault(row.export_id, []).append(row)
    people = {export.person_id for export in exports}
    people.update(one.person_id for each in signatures.values() for one in each)
    query = select(Person.id, Person.name, Person.name_en).where(Person.id.in_(people))
    names = {person_id: (name, name_en) for person_id, name, name_en in session.execute(query)}
    return [_view(export, signatures.get(export.id, []), names, looking, now) for export in exports]


def _view(
    export: ExportRequest,
    signatures: Sequence[ExportSignature],
    names: Mapping[int, tuple[str, str]],
    looking: rule.Signer,
    now: datetime,
) -> ExportView:
    counting = [one for one in signatures if one.scope_sha256 == export.scope_sha256]
    may_sign = ""
    if export.status in OPEN:
        try:
            may_sign = rule.duty_of(asked_as(export), looking, [signature_of(one) for one in counting])
        except DomainError:
            may_sign = ""
    return ExportView(
        id=export.id,
        person=names[export.person_id][0],
        person_en=names[export.person_id][1],
        asked_at=export.asked_at,
        reason=export.reason,
        filter=export.filter,
        fields=export.fields,
        format=export.format,
        rows=export.rows,
        scope_sha256=export.scope_sha256,
        status="expired" if is_expired(export, now) else export.status,
        mine=export.person_id == looking.person_id,
        duties=export.duties,
        signatures=[SignatureView(*names[one.person_id], one.duty, one.signed_at) for one in counting],
        may_sign=may_sign,
        expires_at=export.expires_at,
        taken_at=export.taken_at,
        decision_note=export.decision_note,
    )


def is_expired(export: ExportRequest, now: datetime) -> bool:
    """Whether the day in which it could be fetched is over."""
    return export.status == "approved" and export.expires_at is not None and now >= export.expires_at


def asked_as(export: ExportRequest) -> rule.Asked:
    """The request as the rule of signing sees it."""
    duties: frozenset[rule.Duty] = frozenset(one for one in rule.DUTIES if one in export.duties)
    return rule.Asked(export.person_id, export.device_id, duties)


def signature_of(row: ExportSignature) -> rule.Signature:
    """A kept signature as the rule sees it."""
    duty = next(one for one in rule.DUTIES if one == row.duty)
    return rule.Signature(row.person_id, duty, row.scope_sha256)
