"""Shapes of notices, and of the devices to which word of them is pushed."""

from marshmallow import fields, validate

from server.schemas.base import StrictSchema

ROW = validate.Range(1, 2**53)


class NoticeQuerySchema(StrictSchema):
    before = fields.Integer(load_default=None, validate=ROW)


class NoticeSchema(StrictSchema):
    """`about`: the title of what it tells of, where it has one."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    subject = fields.String(required=True)
    detail = fields.Dict(keys=fields.String(), required=True)
    at = fields.AwareDateTime(required=True)
    seen = fields.Boolean(required=True)
    about = fields.String(required=True)
    about_en = fields.String(required=True)


class NoticePageSchema(StrictSchema):
    notices = fields.List(fields.Nested(NoticeSchema), required=True)
    unseen = fields.Integer(required=True)


class UnseenSchema(StrictSchema):
    unseen = fields.Integer(required=True)


class SeenSchema(StrictSchema):
    up_to = fields.Integer(required=True, validate=ROW)


class PushStateSchema(StrictSchema):
    """`key`: the public key to subscribe with, base64url; `on`: whether word is pushed to the device that asks."""

    key = fields.String(required=True)
    on = fields.Boolean(required=True)


class SubscriptionSchema(StrictSchema):
    """As browsers write a subscription: an address, and two keys in base64url."""

    endpoint = fields.String(required=True, validate=validate.Length(1, 1_000))
    public_key = fields.String(required=True, validate=validate.Length(1, 100))
    secret = fields.String(required=True, validate=validate.Length(1, 32))
