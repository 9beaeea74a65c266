"""Shapes of exports."""

from marshmallow import fields, validate

from server.domain.exports import FORMATS
from server.domain.secrecy import FIELD_CLASSES
from server.schemas.base import CleanText, StrictSchema
from server.schemas.outlets import ID

HASH = r"^[0-9a-f]{64}$"


class ExportFilterSchema(StrictSchema):
    words = CleanText(most=100, load_default="")
    territory_id = fields.Integer(load_default=None, allow_none=True, **ID)
    chain = CleanText(most=100, load_default="")
    outlet_class = fields.String(load_default="", validate=validate.OneOf(["", "A", "B", "C", "D"]))
    status = fields.String(load_default="active", validate=validate.OneOf(["active", "closed", ""]))


class ExportWishSchema(StrictSchema):
    reason = CleanText(required=True, least=4, most=500)
    filter = fields.Nested(ExportFilterSchema, load_default=lambda: ExportFilterSchema().load({}))
    fields_ = fields.List(
        fields.String(validate=validate.OneOf(list(FIELD_CLASSES))),
        required=True,
        data_key="fields",
        attribute="fields",
        validate=validate.Length(1, len(FIELD_CLASSES)),
    )
    format = fields.String(required=True, validate=validate.OneOf(FORMATS))


class SignatureSchema(StrictSchema):
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    duty = fields.String(required=True)
    signed_at = fields.AwareDateTime(required=True)


class ExportSchema(StrictSchema):
    id = fields.UUID(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    reason = fields.String(required=True)
    filter = fields.Dict(keys=fields.String(), required=True)
    fields_ = fields.List(fields.String(), required=True, data_key="fields", attribute="fields")
    format = fields.String(required=True)
    rows = fields.Integer(required=True)
    scope_sha256 = fields.String(required=True)
    status = fields.String(required=True)
    mine = fields.Boolean(required=True)
    duties = fields.List(fields.String(), required=True)
    signatures = fields.List(fields.Nested(SignatureSchema), required=True)
    may_sign = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    taken_at = fields.AwareDateTime(required=True, allow_none=True)
    decision_note = fields.String(required=True)


class SignSchema(StrictSchema):
    # The scope that the signer looked at: another one is not signed.
    scope_sha256 = fields.String(required=True, validate=validate.Regexp(HASH))


class RefuseSchema(StrictSchema):
    note = CleanText(most=500, load_default="", lines=True)
