"""Shapes of outlets on the desk, and of proposals."""

from typing import Any

from marshmallow import fields, validate

from server.schemas.base import CleanText, MaskedText, StrictSchema

ID: dict[str, Any] = {"validate": validate.Range(1, 2**53)}


class OutletQuerySchema(StrictSchema):
    words = CleanText(most=100, load_default="")
    territory_id = fields.Integer(load_default=None, **ID)
    chain = CleanText(most=100, load_default="")
    outlet_class = fields.String(load_default="", validate=validate.OneOf(["", "A", "B", "C", "D"]))
    status = fields.String(load_default="active", validate=validate.OneOf(["active", "closed", ""]))
    routed = fields.Boolean(load_default=None, allow_none=True)
    import_id = fields.Integer(load_default=None, **ID)
    offset = fields.Integer(load_default=0, validate=validate.Range(0, 10_000_000))
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class OutletSchema(StrictSchema):
    id = fields.Integer()
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    chain = fields.String()
    outlet_class = fields.String()
    channel = fields.String()
    address = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    position_source = fields.String()
    status = fields.String()
    territory_id = fields.Integer(allow_none=True)
    secrecy = fields.String()


class OutletPageSchema(StrictSchema):
    outlets = fields.List(fields.Nested(OutletSchema))
    total = fields.Integer()
    offset = fields.Integer()
    limit = fields.Integer()


class NumberSchema(StrictSchema):
    number = CleanText(required=True, least=1, most=64)


class NumberedSchema(StrictSchema):
    outlet = fields.Nested(OutletSchema)
    contact = fields.String()
    role = fields.String()


class ChainQuerySchema(StrictSchema):
    territory_id = fields.Integer(load_default=None, **ID)


class ChainSchema(StrictSchema):
    chain = fields.String()
    outlets = fields.Integer()
    unrouted = fields.Integer()


class ProposalQuerySchema(StrictSchema):
    status = fields.String(load_default="open", validate=validate.OneOf(["open", "accepted", "refused"]))


class NearOutletSchema(StrictSchema):
    id = fields.Integer()
    code = fields.String()
    name = fields.String()
    address = fields.String()
    distance_m = fields.Integer()
    kind = fields.String()


class ProposalSchema(StrictSchema):
    id = fields.UUID()
    person_id = fields.Integer()
    proposed_at = fields.AwareDateTime()
    name = fields.String()
    address = fields.String()
    outlet_class = fields.String()
    channel = fields.String()
    latitude = fields.Float(allow_none=True)
    longitude = fields.Float(allow_none=True)
    accuracy_m = fields.Float(allow_none=True)
    note = MaskedText()
    status = fields.String()
    decision_note = fields.String()
    outlet_id = fields.Integer(allow_none=True)


class ProposalViewSchema(StrictSchema):
    proposal = fields.Nested(ProposalSchema)
    person = fields.String()
    near = fields.List(fields.Nested(NearOutletSchema))


class DecisionSchema(StrictSchema):
    accept = fields.Boolean(required=True)
    territory_id = fields.Integer(load_default=None, allow_none=True, **ID)
    note = CleanText(most=500, load_default="", lines=True)
