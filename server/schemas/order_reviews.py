"""Shapes of orders that wait for a person."""

from marshmallow import fields

from server.schemas.base import StrictSchema


class ReviewLineSchema(StrictSchema):
    code = fields.String()
    name = fields.String()
    name_en = fields.String()
    pack = fields.Integer()
    quantity = fields.Integer()
    piece_minor = fields.Integer()
    listed_minor = fields.Integer(allow_none=True)


class OrderToReviewSchema(StrictSchema):
    id = fields.UUID()
    day = fields.Date()
    delivery_day = fields.Date()
    outlet = fields.String()
    outlet_en = fields.String()
    person = fields.String()
    person_en = fields.String()
    total_minor = fields.Integer()
    reasons = fields.List(fields.String())
    lines = fields.List(fields.Nested(ReviewLineSchema))


class ReviewSchema(StrictSchema):
    accept = fields.Boolean(required=True)


class ReviewedSchema(StrictSchema):
    id = fields.UUID()
    status = fields.String()
