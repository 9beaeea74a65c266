"""Shapes of the closing of a leaver's case: call-backs, checklist, property, certificate."""

from marshmallow import fields, validate

from server.domain.closing import BY_HAND, ITEMS, PROPERTY, SIGNATURE
from server.domain.tasks import OUTCOMES, QUESTIONS
from server.schemas.base import CleanText, MaskedText, StrictSchema

KIND = "call_back"


class ClosingItemSchema(StrictSchema):
    item = fields.String(required=True)
    # open | met | ticked | waived
    state = fields.String(required=True)
    left = fields.Integer(required=True)
    words = MaskedText(required=True)
    by = fields.String(required=True)
    by_en = fields.String(required=True)
    at = fields.AwareDateTime(required=True, allow_none=True)


class PropertySchema(StrictSchema):
    kind = fields.String(required=True)
    key = fields.String(required=True)
    label = fields.String(required=True)
    # The code of the outlet where it stands; '' for a device.
    place = fields.String(required=True)
    is_back = fields.Boolean(required=True, allow_none=True)
    words = MaskedText(required=True)


class CertificateSchema(StrictSchema):
    id = fields.Integer(required=True)
    signed_at = fields.AwareDateTime(required=True)
    signed_by = fields.String(required=True)
    signed_by_en = fields.String(required=True)
    sha256_zh = fields.String(required=True)
    sha256_en = fields.String(required=True)


class ClosingSchema(StrictSchema):
    items = fields.List(fields.Nested(ClosingItemSchema), required=True)
    property = fields.List(fields.Nested(PropertySchema), required=True)
    share = fields.Float(required=True)
    call_backs = fields.Integer(required=True)
    call_backs_waiting = fields.Integer(required=True)
    certificate = fields.Nested(CertificateSchema, required=True, allow_none=True)


class CallBackSchema(StrictSchema):
    id = fields.Integer(required=True)
    outlet_id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    outlet_class = fields.String(required=True)
    due = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True)
    outcome = fields.String(required=True)
    answers = fields.Dict(keys=fields.String(), values=fields.Boolean(), required=True)
    note = MaskedText(required=True)
    done_by = fields.String(required=True)
    done_by_en = fields.String(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)


class CallBacksQuerySchema(StrictSchema):
    after = fields.Integer(load_default=0, validate=validate.Range(0, 2**31 - 1))


class CallBackShareSchema(StrictSchema):
    share = fields.Float(required=True, validate=validate.Range(0, 1))


class CalledSchema(StrictSchema):
    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES[KIND]))
    answers = fields.Dict(
        keys=fields.String(validate=validate.OneOf(QUESTIONS[KIND])),
        values=fields.Boolean(required=True),
        load_default=dict,
    )
    note = CleanText(load_default="", most=500, lines=True)


class TickSchema(StrictSchema):
    item = fields.String(required=True, validate=validate.OneOf(sorted(BY_HAND)))
    words = CleanText(required=True, least=2, most=500, lines=True)


class WaiveSchema(StrictSchema):
    item = fields.String(required=True, validate=validate.OneOf(ITEMS))
    reason = CleanText(required=True, least=4, most=500, lines=True)


class LookedSchema(StrictSchema):
    kind = fields.String(required=True, validate=validate.OneOf(PROPERTY))
    key = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f-]{1,36}$"))
    is_back = fields.Boolean(required=True)
    words = CleanText(load_default="", most=200)


class LookAfterSchema(StrictSchema):
    items = fields.List(fields.Nested(LookedSchema), required=True, validate=validate.Length(1, 500))


class SignCertificateSchema(StrictSchema):
    # SVG paths in a 320 x 160 box.
    leaver_signature = fields.String(required=True, validate=validate.Regexp(SIGNATURE))
    company_signature = fields.String(required=True, validate=validate.Regexp(SIGNATURE))


class CertificateQuerySchema(StrictSchema):
    locale = fields.String(load_default="zh-CN", validate=validate.OneOf(["zh-CN", "en"]))


class EvidenceWishSchema(StrictSchema):
    reason = CleanText(required=True, least=4, most=500)
