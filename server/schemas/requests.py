"""Shapes of requests that change the book, as the desk sees and decides them."""

from marshmallow import fields, validate

from server.domain.operation_bodies.changes import CHANGE_KINDS
from server.schemas.base import CleanText, MaskedText, StrictSchema
from server.schemas.outlets import NearOutletSchema


class RequestQuerySchema(StrictSchema):
    status = fields.String(load_default="open", validate=validate.OneOf(["open", "accepted", "refused"]))


class OutletWordsSchema(StrictSchema):
    id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    address = fields.String(required=True)


class RequestSchema(StrictSchema):
    id = fields.UUID(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(["new", *CHANGE_KINDS]))
    status = fields.String(required=True)
    person = fields.String(required=True)
    captured_at = fields.AwareDateTime(required=True)
    outlet = fields.Nested(OutletWordsSchema, required=True, allow_none=True)
    old = fields.Dict(keys=fields.String(), required=True)
    current = fields.Dict(keys=fields.String(), required=True)
    new = fields.Dict(keys=fields.String(), required=True)
    note = MaskedText(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    accuracy_m = fields.Float(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    decision_note = fields.String(required=True)
    changed = fields.Boolean(required=True)
    near = fields.List(fields.Nested(NearOutletSchema), required=True)
    same_number = fields.List(fields.Nested(OutletWordsSchema), required=True)


class RequestDecisionSchema(StrictSchema):
    accept = fields.Boolean(required=True)
    note = CleanText(most=500, load_default="", lines=True)
