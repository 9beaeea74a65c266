"""Shapes of the way back in."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema


class StartRecoverySchema(StrictSchema):
    person_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31))
    reason = CleanText(required=True, least=1, most=500, lines=True)


class HalfShownSchema(StrictSchema):
    """One half of the code, this once."""

    recovery_id = fields.Integer(required=True)
    half = fields.String(required=True)
    expires_at = fields.AwareDateTime(required=True)


class RecoverySchema(StrictSchema):
    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    reason = fields.String(required=True)
    started_by = fields.Integer(required=True)
    started_by_name = fields.String(required=True)
    started_at = fields.AwareDateTime(required=True)
    approved_at = fields.AwareDateTime(required=True, allow_none=True)
    expires_at = fields.AwareDateTime(required=True)


class RecoveriesSchema(StrictSchema):
    recoveries = fields.List(fields.Nested(RecoverySchema), required=True)


class UseRecoverySchema(StrictSchema):
    login = fields.String(required=True, validate=validate.Length(1, 64))
    code = fields.String(required=True, validate=validate.Length(1, 40), load_only=True)
    password = fields.String(required=True, validate=validate.Length(1, 200), load_only=True)
