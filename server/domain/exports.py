"""What leaves the house as a file: which signatures it needs, who may give them, and what stands in it whose it is."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.permission import duties_conflict
from server.domain.secrecy import FIELD_CLASSES

Duty = Literal["approver", "keeper"]

DUTIES: Final[tuple[Duty, ...]] = ("approver", "keeper")

FORMATS: Final = ("csv", "xlsx", "pdf")
MOST_ROWS: Final[Mapping[str, int]] = {"csv": 20_000, "xlsx": 20_000, "pdf": 2_000}
"""More than that is no list to work with but the book itself."""

FETCHED_WITHIN: Final = timedelta(hours=24)
"""From the last signature on, once."""

ROLES_OF_DUTY: Final[Mapping[Duty, frozenset[str]]] = {
    "approver": frozenset(("manager",)),
    "keeper": frozenset(("custodian",)),
}
"""The keeper's signature is needed beside the approver's, from another person, where numbers or 机密 outlets leave."""


class Signature(NamedTuple):
    """One person's consent to one scope."""

    person_id: int
    duty: Duty
    scope_sha256: str


class Signer(NamedTuple):
    """Who wants to sign, and on which device the sign-in is."""

    person_id: int
    device_id: UUID | None
    roles: Collection[str]


class Asked(NamedTuple):
    """The request as a signer finds it."""

    person_id: int
    device_id: UUID | None
    duties: frozenset[Duty]


def duties_needed(
    fields: Iterable[str], classes: Mapping[str, str], outlets: Iterable[str]
) -> frozenset[Duty]:
    """Which signatures a file needs. `classes`: fields whose class a custodian set; `outlets`: those in the file."""
    strict = "top_secret" in outlets or any(
        classes.get(field, FIELD_CLASSES[field]) == "top_secret" for field in fields
    )
    return frozenset(("approver", "keeper")) if strict else frozenset(("approver",))


def duty_of(asked: Asked, signer: Signer, given: Collection[Signature]) -> Duty:
    """In which duty a person may sign; `given` are the signatures under the scope as it is now.

    Errors: DomainError on `signer`: `own_request`, `asked_on_this_device` (a second account of the asker's does not
    help: it signs on the asker's device), `signed_already`, `not_your_duty`.
    """
    if duties_conflict({"borrower": [asked.person_id], "approver": [signer.person_id]}):
        raise DomainError("signer", "own_request")
    if signer.device_id is not None and signer.device_id == asked.device_id:
        raise DomainError("signer", "asked_on_this_device")
    if any(one.person_id == signer.person_id for one in given):
        raise DomainError("signer", "signed_already")
    for duty in sorted(asked.duties - {one.duty for one in given}):
        if not ROLES_OF_DUTY[duty].isdisjoint(signer.roles):
            return duty
    raise DomainError("signer", "not_your_duty")


def is_released(needed: frozenset[Duty], given: Iterable[Signature]) -> bool:
    """Whether every duty has signed."""
    return needed <= {one.duty for one in given}


def scope_sha256(
    wanted: Mapping[str, object],
    fields: Sequence[str],
    form: str,
    duties: Collection[Duty],
    rows: Iterable[Sequence[str]],
) -> str:
    """What exactly would leave, and whose consent that takes: another cell or another class, another digest."""
    total = hashlib.sha256()
    head = [dict(sorted(wanted.items())), list(fields), form, sorted(duties)]
    for line in (head, *map(list, rows)):
        total.update(json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode())
        total.update(b"\n")
    return total.hexdigest()


def check_fields(fields: Sequence[str]) -> None:
    """Errors: DomainError for a field that no card has, or that is named twice."""
    for index, field in enumerate(fields):
        if field not in FIELD_CLASSES:
            raise DomainError(f"fields.{index}", "one_of", allowed=", ".join(FIELD_CLASSES))
        if field in fields[:index]:
            raise DomainError(f"fields.{index}", "twice")


def watermark(name: str, number: str, export_id: UUID, at: datetime) -> str:
    """Whose file it is: name, number at sign-in, the request, and when it left, UTC."""
    return f"{name} · {number} · {str(export_id)[-12:]} · {at:%Y-%m-%d %H:%M}Z"


def file_name(export_id: UUID, at: datetime, form: str) -> str:
    """The server's own name for the file: nothing of it comes from outside."""
    return f"routebook-{at:%Y%m%d}-{str(export_id)[-12:]}.{form}"
