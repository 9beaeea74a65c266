"""Shapes of a leaver's case."""

from marshmallow import fields, validate

from server.domain.departures import MODES, REASONS, STATES
from server.domain.handovers import ANSWERS, HANDOVER_STEPS
from server.schemas.base import CleanText, MaskedText, StrictSchema


class DeparturesQuerySchema(StrictSchema):
    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class NewDepartureSchema(StrictSchema):
    person_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    reason = fields.String(required=True, validate=validate.OneOf(REASONS))
    words = CleanText(load_default="", most=500, lines=True)
    last_day = fields.Date(required=True)
    mode = fields.String(required=True, validate=validate.OneOf(MODES))


class DepartureSchema(StrictSchema):
    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    status = fields.String(required=True)
    reason = fields.String(required=True)
    last_day = fields.Date(required=True)
    mode = fields.String(required=True)
    state = fields.String(required=True)
    opened_by = fields.String(required=True)
    opened_by_en = fields.String(required=True)
    opened_by_id = fields.Integer(required=True)
    opened_at = fields.AwareDateTime(required=True)
    undo_until = fields.AwareDateTime(required=True)
    stores = fields.Integer(required=True)
    waiting = fields.Integer(required=True)


class HeldRoleSchema(StrictSchema):
    route_id = fields.Integer(required=True)
    code = fields.String(required=True)
    role = fields.String(required=True)


class HeldSchema(StrictSchema):
    routes = fields.List(fields.Nested(HeldRoleSchema), required=True)
    classes = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    open_orders = fields.Integer(required=True)
    deliveries = fields.Integer(required=True)
    promises = fields.Integer(required=True)
    assets = fields.Integer(required=True)
    # Kept since later than the other figures: an older case has none of them.
    complaints = fields.Integer(dump_default=0)
    tasks = fields.Integer(dump_default=0)
    orders_minor = fields.Integer(dump_default=0)
    asset_kinds = fields.Dict(keys=fields.String(), values=fields.Integer(), dump_default=dict)
    # Stores, and contacts there, that nobody else visited in 180 days.
    only_they = fields.Integer(required=True)
    contacts_only_they = fields.Integer(required=True)
    value_minor = fields.Integer(required=True)


class HabitSchema(StrictSchema):
    kind = fields.String(required=True)
    count = fields.Integer(required=True)
    before = fields.Integer(required=True)
    peers = fields.Float(required=True, allow_none=True)
    level = fields.String(required=True)


class ChecklistItemSchema(StrictSchema):
    item = fields.String(required=True)
    done = fields.Boolean(required=True)
    left = fields.Integer(required=True)


class ProposalFiguresSchema(StrictSchema):
    """Figures of one way to hand over, for the four weeks of a cycle. Minutes; shares from 0 to 1."""

    stores = fields.Integer(required=True)
    moved = fields.Integer(required=True)
    receivers = fields.Integer(required=True)
    travel_before = fields.Float(required=True)
    travel_after = fields.Float(required=True)
    balance = fields.Float(required=True)
    over = fields.Integer(required=True)
    weekdays_kept = fields.Float(required=True)
    # None: nobody is named yet.
    familiarity = fields.Float(required=True, allow_none=True)
    cost = fields.Float(required=True, allow_none=True)
    bound = fields.Float(required=True, allow_none=True)
    gap = fields.Float(required=True, allow_none=True)


class DepartureProposalSchema(StrictSchema):
    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    version_id = fields.Integer(required=True)
    made_at = fields.AwareDateTime(required=True)
    figures = fields.Nested(ProposalFiguresSchema, required=True)


class DepartureDetailSchema(StrictSchema):
    case = fields.Nested(DepartureSchema, required=True)
    words = MaskedText(required=True)
    held = fields.Nested(HeldSchema, required=True)
    activity = fields.List(fields.Nested(HabitSchema), required=True)
    holds_from = fields.AwareDateTime(required=True, allow_none=True)
    plan_id = fields.Integer(required=True, allow_none=True)
    job_id = fields.Integer(required=True, allow_none=True)
    accepted_proposal = fields.Integer(required=True, allow_none=True)
    checklist = fields.List(fields.Nested(ChecklistItemSchema), required=True)
    proposals = fields.List(fields.Nested(DepartureProposalSchema), required=True)


class DepartureStoresQuerySchema(StrictSchema):
    after = fields.Integer(load_default=0, validate=validate.Range(0, 1_000_000))


class DepartureStoreSchema(StrictSchema):
    outlet_id = fields.Integer(required=True)
    place = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    outlet_class = fields.String(required=True)
    route = fields.String(required=True)
    value_minor = fields.Integer(required=True)
    open_orders = fields.Integer(required=True)
    deliveries = fields.Integer(required=True)
    promises = fields.Integer(required=True)
    assets = fields.Integer(required=True)
    known_by = fields.Integer(required=True)
    last_visit_at = fields.AwareDateTime(required=True, allow_none=True)
    receiver_id = fields.Integer(required=True, allow_none=True)
    receiver = fields.String(required=True)
    receiver_en = fields.String(required=True)
    due = fields.Date(required=True, allow_none=True)
    state = fields.String(required=True)
    words = MaskedText(required=True)
    skipped = fields.List(fields.List(fields.String()), required=True)


class KnownBySchema(StrictSchema):
    """An outlet that at most one person of the company knows."""

    outlet_id = fields.Integer(required=True)
    code = fields.String(required=True)
    name = fields.String(required=True)
    name_en = fields.String(required=True)
    outlet_class = fields.String(required=True)
    value_minor = fields.Integer(required=True)
    visits = fields.Integer(required=True)
    person_id = fields.Integer(required=True, allow_none=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    last_visit_at = fields.AwareDateTime(required=True, allow_none=True)


class KnowsSchema(StrictSchema):
    """Somebody who visited an outlet in the last 180 days."""

    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    person_en = fields.String(required=True)
    status = fields.String(required=True)
    visits = fields.Integer(required=True)
    last_visit_at = fields.AwareDateTime(required=True)


class AcceptProposalSchema(StrictSchema):
    proposal_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31 - 1))
    successor_id = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 2**31 - 1)
    )


class HandoverSchema(StrictSchema):
    witness_id = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 2**31 - 1)
    )
    steps = fields.List(
        fields.String(validate=validate.OneOf(HANDOVER_STEPS)),
        required=True,
        validate=validate.Length(0, len(HANDOVER_STEPS)),
    )
    answer = fields.String(required=True, validate=validate.OneOf(ANSWERS))
    # The owner's signature as an SVG path, in a 320 x 160 box.
    signature = fields.String(load_default="", validate=validate.Regexp(r"^[ML0-9 .,-]{0,20000}$"))
    next_visit = fields.Date(load_default=None, allow_none=True)
