"""Shapes of tasks: asking for them, doing them, and drawing a sample."""

from marshmallow import fields, validate

from server.domain.tasks import ANSWERED, KINDS, MOST_DRAWN, OUTCOMES, STATES
from server.schemas.base import CleanText, MaskedText, PlainDay, StrictSchema
from server.schemas.routes import ID

ROW = validate.Range(1, 2**31)
ALL_OUTCOMES = sorted({one for many in OUTCOMES.values() for one in many})
SPANS = ("yesterday", "week")


class TaskQuerySchema(StrictSchema):
    state = fields.String(load_default="open", validate=validate.OneOf(STATES))
    kind = fields.String(load_default=None, validate=validate.OneOf(KINDS))
    mine = fields.Boolean(load_default=False)
    territory_id = fields.Integer(load_default=None, validate=ROW)


class TaskContactSchema(StrictSchema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    role = fields.String(required=True)
    phone = fields.String(required=True)


class TaskSchema(StrictSchema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    outlet_id = fields.Integer(required=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    address = fields.String(required=True)
    latitude = fields.Float(required=True, allow_none=True)
    longitude = fields.Float(required=True, allow_none=True)
    hours = fields.List(fields.List(fields.Integer()), required=True)
    person = fields.String(required=True)
    assignee_id = fields.Integer(required=True, allow_none=True)
    assignee = fields.String(required=True)
    due = fields.Date(required=True, allow_none=True)
    late = fields.Boolean(required=True)
    state = fields.String(required=True)
    why = fields.Dict(keys=fields.String(), required=True)
    outcome = fields.String(required=True)
    answers = fields.Dict(keys=fields.String(), required=True)
    note = MaskedText(required=True)
    done_by = fields.String(required=True)
    done_at = fields.AwareDateTime(required=True, allow_none=True)
    contacts = fields.List(fields.Nested(TaskContactSchema), required=True)


class NewTaskSchema(StrictSchema):
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    outlet_id = fields.Integer(required=True, **ID)
    due = PlainDay(load_default=None, allow_none=True)
    assignee_id = fields.Integer(load_default=None, allow_none=True, **ID)


class TaskDoneSchema(StrictSchema):
    outcome = fields.String(required=True, validate=validate.OneOf(ALL_OUTCOMES))
    answers = fields.Dict(
        keys=fields.String(validate=validate.OneOf(sorted(ANSWERED))),
        values=fields.Boolean(),
        load_default=dict,
    )
    note = CleanText(most=1_000, load_default="", lines=True)


class SampleAskedSchema(StrictSchema):
    """`span`: which visits, those of yesterday or of the last seven days. Without a `seed` the server throws one."""

    span = fields.String(required=True, validate=validate.OneOf(SPANS))
    wanted = fields.Integer(required=True, strict=True, validate=validate.Range(1, MOST_DRAWN))
    seed = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, 999_999)
    )


class DrawnSchema(StrictSchema):
    outlet_id = fields.Integer(attribute="candidate.outlet_id", required=True)
    risks = fields.List(fields.String(), attribute="candidate.risks", required=True)
    drawn = fields.String(attribute="by", required=True)


class SampleSchema(StrictSchema):
    seed = fields.Integer(required=True)
    first = fields.Date(required=True)
    last = fields.Date(required=True)
    drawn = fields.List(fields.Nested(DrawnSchema), required=True)
