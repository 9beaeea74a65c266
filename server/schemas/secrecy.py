"""Shapes of secrecy classes."""

from typing import Any

from marshmallow import fields, validate

from server.domain.secrecy import CLASSES, FIELD_CLASSES
from server.schemas.base import CleanText, StrictSchema

CLASS: dict[str, Any] = {"required": True, "validate": validate.OneOf(CLASSES)}


class FieldSecrecySchema(StrictSchema):
    field = fields.String(required=True)
    secrecy = fields.String(required=True)
    delivered = fields.String(required=True)


class SetFieldSchema(StrictSchema):
    field = fields.String(required=True, validate=validate.OneOf(list(FIELD_CLASSES)))
    secrecy = fields.String(**CLASS)


class SetOutletsSchema(StrictSchema):
    outlet_ids = fields.List(
        fields.Integer(strict=True, validate=validate.Range(1, 2**31 - 1)),
        required=True,
        validate=validate.Length(1, 500),
    )
    secrecy = fields.String(**CLASS)
    reason = CleanText(required=True, least=1, most=500)


class ChangedSchema(StrictSchema):
    changed = fields.Integer(required=True)
