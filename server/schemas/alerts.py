"""Shapes of the alerts on the desk."""

from marshmallow import fields, validate

from server.domain.alert_rules import OWNER_ROLES, SEVERITIES
from server.schemas.base import CleanText, StrictSchema
from server.schemas.routes import ID

STATUSES = ("open", "acknowledged", "resolved")


class AlertQuerySchema(StrictSchema):
    status = fields.String(load_default="open", validate=validate.OneOf(STATUSES))
    mine = fields.Boolean(load_default=False)
    before = fields.AwareDateTime(load_default=None)


class AlertSchema(StrictSchema):
    """`about`: the person or the outlet that it speaks of, where it is one."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    subject = fields.String(required=True)
    about = fields.String(required=True)
    about_en = fields.String(required=True)
    severity = fields.String(required=True)
    detail = fields.Dict(keys=fields.String(), required=True)
    first_at = fields.AwareDateTime(required=True)
    last_at = fields.AwareDateTime(required=True)
    count = fields.Integer(required=True)
    status = fields.String(required=True)
    owner_id = fields.Integer(required=True, allow_none=True)
    owner = fields.String(required=True)
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


class AlertAssignedSchema(StrictSchema):
    owner_id = fields.Integer(required=True, **ID)


class AlertOwnerSchema(StrictSchema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)


class AlertRuleSetSchema(StrictSchema):
    """Whole: an owner that is left out is none, and so is a number."""

    is_on = fields.Boolean(required=True)
    severity = fields.String(required=True, validate=validate.OneOf(SEVERITIES))
    threshold = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 10_000)
    )
    owner_id = fields.Integer(load_default=None, allow_none=True, **ID)
    owner_role = fields.String(load_default="", validate=validate.OneOf(("", *OWNER_ROLES)))


class AlertRuleSchema(StrictSchema):
    kind = fields.String(required=True)
    is_on = fields.Boolean(required=True)
    severity = fields.String(required=True)
    threshold = fields.Integer(required=True, allow_none=True)
    least = fields.Integer(required=True, allow_none=True)
    most = fields.Integer(required=True, allow_none=True)
    fixed = fields.Boolean(required=True)
    owner_id = fields.Integer(required=True, allow_none=True)
    owner = fields.String(required=True)
    owner_role = fields.String(required=True)
    changed_at = fields.AwareDateTime(required=True, allow_none=True)
    changed_by = fields.String(required=True)
