"""Shapes of the retention watch; amounts in minor units."""

from marshmallow import fields

from server.schemas.base import StrictSchema


class WatchedCaseSchema(StrictSchema):
    departure_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    handed_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    stores = fields.Integer(required=True)
    running = fields.Integer(required=True)
    alarms = fields.Integer(required=True)
    kept = fields.Integer(required=True)
    shrunk = fields.Integer(required=True)
    lost = fields.Integer(required=True)
    too_little = fields.Integer(required=True)
    tasks = fields.Integer(required=True)
    saved_minor = fields.Integer(required=True)
    judged_at = fields.AwareDateTime(required=True, allow_none=True)


class WatchVerdictSchema(StrictSchema):
    """`share`: actual ÷ expected; `reason`: the key of the sentence. Empty before the first night."""

    alarm_cycle = fields.Integer(allow_none=True)
    cycle = fields.Integer()
    cycles = fields.Integer()
    expected = fields.Integer()
    actual = fields.Integer()
    share = fields.Float(allow_none=True)
    peers = fields.Integer()
    without_order = fields.Integer()
    reason = fields.String()


class WatchCourseSchema(StrictSchema):
    """Values by order cycle, oldest first; the first `handed` lie before the handover."""

    cycle = fields.Integer()
    handed = fields.Integer()
    actual = fields.List(fields.Integer())
    expected = fields.List(fields.Integer())


class WatchCallsSchema(StrictSchema):
    visits = fields.Integer()
    visits_usual = fields.Float()
    counts = fields.Integer()
    counts_usual = fields.Float()


class WatchedStoreSchema(StrictSchema):
    """`task`: the state of the visit to win back; empty: none was asked for."""

    id = fields.Integer(required=True)
    outlet_id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    outlet_class = fields.String(required=True)
    receiver = fields.String(required=True)
    receiver_en = fields.String(required=True)
    state = fields.String(required=True)
    alarm = fields.Boolean(required=True)
    alarm_at = fields.AwareDateTime(required=True, allow_none=True)
    verdict = fields.Nested(WatchVerdictSchema, required=True)
    course = fields.Nested(WatchCourseSchema, required=True)
    visits = fields.Nested(WatchCallsSchema, required=True)
    saved_minor = fields.Integer(required=True)
    task = fields.String(required=True)
    task_due = fields.Date(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
