"""Shapes of early warning: codes and figures, no verdicts."""

from marshmallow import fields

from server.schemas.base import StrictSchema


class SignalSchema(StrictSchema):
    kind = fields.String(required=True)
    seen = fields.Float(required=True)
    usual = fields.Float(required=True)
    peers = fields.Float(required=True, allow_none=True)
    z = fields.Float(required=True)


class StoreSignalSchema(StrictSchema):
    outlet_id = fields.Integer(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    kind = fields.String(required=True)
    seen = fields.Float(required=True)
    usual = fields.Float(required=True)


class OnlyTheySchema(StrictSchema):
    outlet_id = fields.Integer(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    value_minor = fields.Integer(required=True)


class PartnerSchema(StrictSchema):
    """Somebody to swap routes with."""

    person_id = fields.Integer(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    route = fields.String(required=True)


class PersonWarningSchema(StrictSchema):
    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    signals = fields.List(fields.Nested(SignalSchema), required=True)
    stores = fields.List(fields.Nested(StoreSignalSchema), required=True)
    only_they = fields.List(fields.Nested(OnlyTheySchema), required=True)
    held_since = fields.Date(required=True, allow_none=True)
    rotate = fields.Boolean(required=True)
    partner = fields.Nested(PartnerSchema, required=True, allow_none=True)


class LookSchema(StrictSchema):
    """`day`: of the newest run, None while there was none; `people`: how many were looked at."""

    day = fields.Date(required=True, allow_none=True)
    at = fields.AwareDateTime(required=True, allow_none=True)
    people = fields.Integer(required=True)
    warnings = fields.List(fields.Nested(PersonWarningSchema), required=True)


class TasksAskedSchema(StrictSchema):
    tasks = fields.Integer(required=True)
