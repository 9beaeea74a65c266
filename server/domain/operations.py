"""Operations: which kinds there are, how a body is opened, and in what way one can be unacceptable.

To everything else a body is opaque bytes. Today they are raw-deflated JSON; when bodies are sealed, `open_body` is
where they are unsealed first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from server.domain import operation_bodies as bodies
from server.domain import strict_json
from server.domain.errors import DomainError

MAX_BODY: Final = 256 << 10
"""Bytes of a body when it is unpacked."""

FAILURES_BEFORE_QUARANTINE: Final = 3
"""How often applying may fail for a reason of the server's own before a person has to look."""


class Unacceptable(Exception):
    """An operation that cannot be applied and is kept for a person: quarantined.

    `code` as in docs/wire.md; `field` and `rule` say what is wrong with the body, where that is the reason.
    """

    def __init__(self, code: str, field: str = "", rule: str = "") -> None:
        super().__init__(f"{code} {field} {rule}".strip())
        self.code = code
        self.field = field
        self.rule = rule

    @property
    def detail(self) -> str:
        """Field and rule as they go to the phone, which has the sentence."""
        return f"{self.field} {self.rule}".strip()[:500]


class WaitsFor(Exception):
    """What the operation builds on is not here yet; it stays in the inbox and is tried again."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


class Kind(NamedTuple):
    """`schema`: the newest one understood. `roles`: who sends such operations."""

    schema: int
    read: Callable[[object], bodies.Body]
    roles: frozenset[str]


_FIELD: Final = frozenset(("rep", "supervisor", "manager"))
_ANYONE: Final = frozenset(
    ("rep", "driver", "supervisor", "manager", "custodian", "auditor", "administrator")
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "day.start": Kind(1, bodies.DayStart.read, _ANYONE),
        "day.end": Kind(1, bodies.DayEnd.read, _ANYONE),
        "visit.record": Kind(1, bodies.VisitBody.read, _FIELD),
        "outlet.propose": Kind(1, bodies.OutletPropose.read, _FIELD | {"driver"}),
        "outlet.note": Kind(1, bodies.OutletNoteAdded.read, _FIELD | {"driver"}),
        "outlet.change": Kind(1, bodies.OutletChange.read, _FIELD | {"driver"}),
        "promise.keep": Kind(1, bodies.PromiseKeep.read, _FIELD | {"driver"}),
        "stops.reorder": Kind(1, bodies.StopsReorder.read, _FIELD | {"driver"}),
        "photo.attach": Kind(1, bodies.PhotoAttach.read, _FIELD),
        "contact.reveal": Kind(1, bodies.ContactReveal.read, _FIELD | {"driver"}),
        "handover.record": Kind(1, bodies.HandoverRecord.read, frozenset(("rep", "supervisor"))),
        "announcement.read": Kind(1, bodies.AnnouncementRead.read, _ANYONE),
        "task.done": Kind(1, bodies.TaskDone.read, _FIELD),
        "joint_visit.record": Kind(1, bodies.JointVisitRecord.read, frozenset(("supervisor", "manager"))),
        "interaction.add": Kind(1, bodies.InteractionAdd.read, _FIELD),
        "case.open": Kind(1, bodies.CaseOpen.read, _FIELD),
        "delivery.record": Kind(1, bodies.DeliveryRecord.read, frozenset(("driver",))),
    }
)


def open_body(kind: str, schema: int, packed: bytes) -> bodies.Body:
    """The body of an operation, read and checked.

    Errors: Unacceptable `unknown_kind`, `newer_schema` (both can be tried again after an update of the server),
    `unreadable` (no deflate, no JSON, more than 256 KiB) or `invalid` with field and rule.
    """
    known = KINDS.get(kind)
    if known is None:
        raise Unacceptable("unknown_kind", "kind")
    if schema > known.schema:
        raise Unacceptable("newer_schema", "schema")
    try:
        value = read_json(packed)
        return known.read(value)
    except DomainError as error:
        broken = error.field == "body" and error.rule in ("format", "text", "too_large")
        raise Unacceptable("unreadable" if broken else "invalid", error.field, error.rule) from None


def read_json(packed: bytes) -> object:
    """The JSON of a packed body, unchecked. Errors: DomainError as domain.strict_json."""
    return strict_json.loads(strict_json.inflate(packed, MAX_BODY, wbits=strict_json.RAW_DEFLATE))
