"""Shapes of the quarterly review of rights."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema


class AccessReviewSchema(StrictSchema):
    id = fields.Integer(required=True)
    quarter = fields.String(required=True)
    opened_at = fields.AwareDateTime(required=True)
    due_on = fields.Date(required=True)
    closed_at = fields.AwareDateTime(required=True, allow_none=True)
    rights = fields.Integer(required=True)
    left = fields.Integer(required=True)
    overdue = fields.Boolean(required=True)


class ReviewsSchema(StrictSchema):
    """`missing`: the quarter whose review nobody has opened yet."""

    reviews = fields.List(fields.Nested(AccessReviewSchema), required=True)
    missing = fields.String(required=True, allow_none=True)


class ReviewItemSchema(StrictSchema):
    id = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    role = fields.String(required=True)
    since = fields.Date(required=True)
    reviewer_id = fields.Integer(required=True)
    reviewer = fields.String(required=True)
    decision = fields.String(required=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    note = fields.String(required=True)


class ReviewItemsSchema(StrictSchema):
    items = fields.List(fields.Nested(ReviewItemSchema), required=True)


class OpenReviewSchema(StrictSchema):
    """`second_reviewer_id` decides about the first reviewer's own rights."""

    reviewer_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31))
    second_reviewer_id = fields.Integer(required=True, strict=True, validate=validate.Range(1, 2**31))


class OpenedReviewSchema(StrictSchema):
    id = fields.Integer(required=True)


class DecideRightSchema(StrictSchema):
    confirm = fields.Boolean(required=True, truthy={True}, falsy={False})
    note = CleanText(load_default="", most=500, lines=True)
