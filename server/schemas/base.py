"""The base of every schema: unknown fields are refused, text is clean."""

import unicodedata
from datetime import date

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
