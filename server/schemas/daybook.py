"""Shapes of the pull: what a phone may ask of the day book. The answers' form is in docs/wire.md."""

from marshmallow import ValidationError, fields, validate

from server.schemas.base import CleanText, StrictSchema

MOST_CARDS = 300
MOST_ID = 2**31 - 1


class Ids(fields.Field[list[int]]):
    """Ids written one after another with commas, each once."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> list[int]:  # noqa: ARG002
        parts = str(value).split(",") if value else []
        if len(parts) > MOST_CARDS:
            raise ValidationError(f"At most {MOST_CARDS} at once.")
        if not all(part.isascii() and part.isdigit() and 0 < int(part[:11]) <= MOST_ID for part in parts):
            raise ValidationError("Not a list of ids.")
        return list(dict.fromkeys(int(part) for part in parts))


class Asked(fields.Field[bool]):
    """`1` asks for a page, `0` does not."""

    def _deserialize(self, value: object, attr: str | None, data: object, **kwargs: object) -> bool:  # noqa: ARG002
        if value not in ("0", "1"):
            raise ValidationError("Must be 0 or 1.")
        return value == "1"


class PagesQuerySchema(StrictSchema):
    cards = Ids(load_default=[])
    catalogue = Asked(load_default=False)
    index = Asked(load_default=False)
    # `load` is a method of every schema.
    load_page = Asked(load_default=False, data_key="load")


class BorrowSchema(StrictSchema):
    outlet_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_ID))
    reason = CleanText(required=True, least=1, most=200)


class BorrowedSchema(StrictSchema):
    borrowed = fields.Integer(required=True)


class LeaseKeyAskedSchema(StrictSchema):
    """`unlock`: what wraps the key on the phone."""

    lease_id = CleanText(required=True, least=1, most=64)
    unlock = fields.String(required=True, validate=validate.OneOf(("pin", "passkey")))


class LeaseKeySchema(StrictSchema):
    lease_id = fields.String(required=True)
    key = fields.String(required=True)
    until = fields.AwareDateTime(required=True)
