"""Shapes of passkeys. What goes to and comes from the authenticator is WebAuthn's own JSON and checked as a whole."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema


class AskedSchema(StrictSchema):
    """`ceremony` comes back with the authenticator's answer; `options` are for the browser."""

    ceremony = fields.String(required=True, attribute="id")
    options = fields.Dict(required=True)


class AssertionSchema(StrictSchema):
    ceremony = fields.String(required=True, validate=validate.Length(1, 64))
    credential = fields.Dict(required=True)


class NewPasskeySchema(AssertionSchema):
    label = CleanText(required=True, least=1, most=100)
    # Whether the authenticator can derive the secret that locks the book of a phone.
    prf = fields.Boolean(required=True, truthy={True}, falsy={False})


class PasskeySchema(StrictSchema):
    id = fields.Integer(required=True)
    label = fields.String(required=True)
    prf = fields.Boolean(required=True)
    backed_up = fields.Boolean(required=True)
    created_at = fields.AwareDateTime(required=True)
    last_used_at = fields.AwareDateTime(required=True, allow_none=True)


class PasskeysSchema(StrictSchema):
    passkeys = fields.List(fields.Nested(PasskeySchema), required=True)
