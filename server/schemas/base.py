"""The base of every schema: unknown fields are refused, text is clean."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from functools import cached_property

from marshmallow import RAISE, Schema, ValidationError, fields

from server.domain.masking import mask_numbers


class StrictSchema(Schema):
    """Refuses what it does not know."""

    class Meta:
        unknown = RAISE


class CleanText(fields.String):
    """Text without control characters (line breaks only where `lines` is set), NFC, trimmed, of bounded length."""

    def __init__(self, *, most: int, least: int = 0, lines: bool = False, **kwargs: object) -> None:
        self.least, self.most, self.lines = least, most, lines
        super().__init__(**kwargs)  # type: ignore[arg-type]

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> str:  # noqa: ARG002
        if not isinstance(value, str):
            raise ValidationError("Not a valid string.")
        text = unicodedata.normalize("NFC", value).strip()
        if not self.least <= len(text) <= self.most:
            raise ValidationError(f"Length must be between {self.least} and {self.most}.")
        allowed = "\n\t" if self.lines else ""
        if any(unicodedata.category(one) in ("Cc", "Cs") and one not in allowed for one in text):
            raise ValidationError("Control characters are not allowed.")
        return text


class PlainDay(fields.Date):
    """A calendar day of these times: with days before and after it that can be reckoned with."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> date:
        day: date = super()._deserialize(value, attr, data, **kwargs)
        if not 1970 <= day.year <= 2200:
            raise ValidationError("Not a valid date.")
        return day


class MaskedText(fields.String):
    """What somebody wrote about people, on its way out: numbers in it are masked."""

    def _serialize(self, value: object, attr: str | None, obj: object, **kwargs: object) -> str | None:  # noqa: ARG002
        return None if value is None else str(mask_numbers(str(value)))


class Rows(fields.List):
    """A long list of rows of one shape, objects with attributes. marshmallow looks for how to write each value of each
    row; here that is found out once a column, and thousands of rows cost a fraction."""

    # Written as they are; a subclass has its own way.
    PLAIN = (fields.Integer, fields.String, fields.Boolean)

    def __init__(self, row: type[Schema], **kwargs: object) -> None:
        super().__init__(fields.Nested(row), **kwargs)  # type: ignore[arg-type]

    @cached_property
    def _columns(self) -> list[tuple[str, str, fields.Field | None]]:
        """The key on the wire, the attribute, and who writes the value: None where it goes as it is."""
        schema: Schema = self.inner.schema  # type: ignore[attr-defined]
        return [
            (field.data_key or name, field.attribute or name, None if type(field) in self.PLAIN else field)
            for name, field in schema.dump_fields.items()
        ]

    def _serialize(
        self,
        value: Sequence[object] | None,
        attr: str | None,  # noqa: ARG002
        obj: object,  # noqa: ARG002
        **kwargs: object,  # noqa: ARG002
    ) -> list[dict[str, object]] | None:
        if value is None:
            return None
        columns = self._columns
        return [
            {
                key: getattr(row, name) if field is None else field._serialize(getattr(row, name), name, row)
                for key, name, field in columns
            }
            for row in value
        ]
