"""The body of `photo.attach`: which photo belongs to which step of which visit. Its bytes come by /uploads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from server.domain.errors import DomainError
from server.domain.operation_bodies import reading as read

MAX_PHOTO_BYTES: Final = 2 << 20
MAX_SIDE: Final = 20_000
KINDS: Final = frozenset(("before", "after"))
_KEYS: Final = frozenset(
    ("photo_id", "visit_id", "step", "kind", "taken_at", "size", "sha256", "width", "height")
)
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def sha256(path: str, value: object) -> str:
    """64 hexadecimal digits, small letters."""
    if type(value) is not str or not _SHA256.fullmatch(value):
        raise DomainError(path, "format")
    return value


@dataclass(frozen=True, slots=True)
class PhotoAttach:
    """`size` in bytes and `sha256` of the bytes as the phone sends them; `width` and `height` in pixels."""

    photo_id: UUID
    visit_id: UUID
    step: str
    kind: str
    taken_at: datetime
    size: int
    sha256: str
    width: int
    height: int

    @staticmethod
    def read(value: object) -> PhotoAttach:
        body = read.record("", value, _KEYS)
        return PhotoAttach(
            photo_id=read.uuid("photo_id", body["photo_id"]),
            visit_id=read.uuid("visit_id", body["visit_id"]),
            step=read.text("step", body["step"], 16, least=1),
            kind=read.choice("kind", body["kind"], KINDS),
            taken_at=read.instant("taken_at", body["taken_at"]),
            size=read.whole("size", body["size"], least=1, most=MAX_PHOTO_BYTES),
            sha256=sha256("sha256", body["sha256"]),
            width=read.whole("width", body["width"], least=1, most=MAX_SIDE),
            height=read.whole("height", body["height"], least=1, most=MAX_SIDE),
        )
