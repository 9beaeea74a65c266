"""Shapes of load sheets."""

from marshmallow import fields, validate

from server.schemas.base import StrictSchema


class LoadSheetQuerySchema(StrictSchema):
    day = fields.Date(load_default=None)
    route_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**53))


class LoadLineSchema(StrictSchema):
    sku_id = fields.Integer()
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    pieces = fields.Integer()
    cases = fields.Integer()
    units = fields.Integer()


class DropSchema(StrictSchema):
    delivery_id = fields.UUID()
    outlet_id = fields.Integer(allow_none=True)
    outlet = fields.String()
    address = fields.String()
    status = fields.String()
    pieces = fields.Integer()


class LoadSheetSchema(StrictSchema):
    route_id = fields.Integer(allow_none=True)
    route = fields.String()
    truck = fields.String()
    day = fields.Date()
    driver = fields.String()
    lines = fields.List(fields.Nested(LoadLineSchema))
    drops = fields.List(fields.Nested(DropSchema))
