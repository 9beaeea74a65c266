"""Shape of the health answer."""

from marshmallow import fields

from server.schemas.base import StrictSchema


class HealthSchema(StrictSchema):
    status = fields.String(required=True)
    epoch = fields.UUID(required=True)
    server_time = fields.AwareDateTime(required=True)
