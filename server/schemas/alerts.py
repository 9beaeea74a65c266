"""Shapes of the alerts on the desk."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema

STATUSES = ("open", "acknowledged", "resolved")


class AlertQuerySchema(StrictSchema):
    status = fields.String(load_default="open", validate=validate.OneOf(STATUSES))
    before = fields.AwareDateTime(load_default=None)


class AlertSchema(StrictSchema):
    """`about`: the name of the person that it speaks of, where it is one."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    subject = fields.String(required=True)
    about = fields.String(required=True)
    severity = fields.String(required=True)
    detail = fields.Dict(keys=fields.String(), required=True)
    first_at = fields.AwareDateTime(required=True)
    last_at = fields.AwareDateTime(required=True)
    count = fields.Integer(required=True)
    status = fields.String(required=True)
    acknowledged_by = fields.String(required=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    resolved_by = fields.String(required=True)
    resolved_at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True)


class AlertPageSchema(StrictSchema):
    alerts = fields.List(fields.Nested(AlertSchema), required=True)
    open = fields.Integer(required=True)


class AlertResolvedSchema(StrictSchema):
    note = CleanText(required=True, least=1, most=500, lines=True)
