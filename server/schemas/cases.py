"""Shapes of interactions with outlets, and of their cases."""

from marshmallow import fields, validate

from server.domain.cases import INTERACTIONS, KINDS, STATES
from server.schemas.base import CleanText, MaskedText, PlainDay, StrictSchema
from server.schemas.routes import ID

ROW = validate.Range(1, 2**31)


class CaseQuerySchema(StrictSchema):
    mine = fields.Boolean(load_default=False)
    late = fields.Boolean(load_default=False)
    done = fields.Boolean(load_default=False)
    territory_id = fields.Integer(load_default=None, validate=ROW)
    outlet_id = fields.Integer(load_default=None, validate=ROW)


class CaseSchema(StrictSchema):
    id = fields.Integer(required=True)
    outlet_id = fields.Integer(required=True)
    outlet = fields.String(required=True)
    outlet_en = fields.String(required=True)
    kind = fields.String(required=True)
    text = MaskedText(required=True)
    owner_id = fields.Integer(required=True, allow_none=True)
    owner = fields.String(required=True)
    due = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True)
    opened_by = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    late = fields.Boolean(required=True)


class CaseEntrySchema(StrictSchema):
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    state = fields.String(required=True)
    owner = fields.String(required=True)
    due = fields.Date(required=True, allow_none=True)
    text = MaskedText(required=True)


class CaseLogSchema(StrictSchema):
    entries = fields.List(fields.Nested(CaseEntrySchema), required=True)


class NewCaseSchema(StrictSchema):
    outlet_id = fields.Integer(required=True, **ID)
    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    text = CleanText(required=True, least=1, most=1_000, lines=True)
    owner_id = fields.Integer(load_default=None, allow_none=True, **ID)
    due = PlainDay(load_default=None, allow_none=True)


class CaseChangeSchema(StrictSchema):
    """How it stands from now on, whole: an owner or a day that is left out is none."""

    state = fields.String(required=True, validate=validate.OneOf(STATES))
    owner_id = fields.Integer(load_default=None, allow_none=True, **ID)
    due = PlainDay(load_default=None, allow_none=True)
    text = CleanText(most=1_000, load_default="", lines=True)


class MadeSchema(StrictSchema):
    id = fields.Integer(required=True)


class InteractionQuerySchema(StrictSchema):
    outlet_id = fields.Integer(required=True, validate=ROW)


class InteractionSchema(StrictSchema):
    id = fields.Integer(required=True)
    outlet_id = fields.Integer(required=True)
    kind = fields.String(required=True)
    at = fields.AwareDateTime(required=True)
    by = fields.String(required=True)
    text = MaskedText(required=True)


class NewInteractionSchema(StrictSchema):
    outlet_id = fields.Integer(required=True, **ID)
    kind = fields.String(required=True, validate=validate.OneOf(INTERACTIONS))
    text = CleanText(required=True, least=1, most=1_000, lines=True)
    at = fields.AwareDateTime(load_default=None, allow_none=True)
