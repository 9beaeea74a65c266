"""Long lists on the wire say the same as marshmallow's own way of writing them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from marshmallow import fields

from server.schemas.base import MaskedText, Rows, StrictSchema


class Row(NamedTuple):
    id: UUID
    name: str
    note: str
    day: date | None
    at: datetime
    share: float | None
    count: int
    is_new: bool
    parts: list[Any]


class PartSchema(StrictSchema):
    count = fields.Integer()


class RowSchema(StrictSchema):
    id = fields.UUID()
    name = fields.String()
    note = MaskedText()
    day = fields.Date(allow_none=True)
    at = fields.AwareDateTime()
    share = fields.Float(allow_none=True)
    number = fields.Integer(attribute="count")
    new = fields.Boolean(data_key="isNew", attribute="is_new")
    parts = fields.List(fields.Nested(PartSchema))


class Own(StrictSchema):
    rows = fields.List(fields.Nested(RowSchema))


class Quick(StrictSchema):
    rows = Rows(RowSchema)


def test_a_row_of_every_kind_is_written_as_before() -> None:
    at = datetime(2026, 11, 23, 4, 5, 6, 7, tzinfo=UTC)
    key = UUID("01a205b3-d217-7abf-ae43-1a30b6dd3deb")
    rows = [
        Row(
            key,
            "店",
            "打 13812345678",
            date(2026, 1, 2),
            at,
            1,
            3,
            True,
            [Row(key, "", "", None, at, None, 4, False, [])],
        ),
        Row(key, "", "", None, at, None, 0, False, []),
    ]
    told = Quick().dump({"rows": rows})
    assert told == Own().dump({"rows": rows})
    assert told["rows"][0]["note"] == "打 138****5678"
    assert isinstance(told["rows"][0]["share"], float)


def test_no_rows_and_none_are_told_apart() -> None:
    assert Quick().dump({"rows": []}) == {"rows": []}
    assert Quick().dump({"rows": None}) == {"rows": None}
