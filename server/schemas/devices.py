"""Shapes of device registration and of the office's list of devices."""

from marshmallow import fields, validate

from server.domain.sequences import MAX_SEQ
from server.schemas.base import CleanText, StrictSchema


class KnownSchema(StrictSchema):
    device_id = fields.UUID(required=True)
    highest_seq = fields.Integer(required=True, strict=True, validate=validate.Range(0, MAX_SEQ))


class TelemetrySchema(StrictSchema):
    persisted = fields.Boolean(required=True, truthy={True}, falsy={False})
    standalone = fields.Boolean(required=True, truthy={True}, falsy={False})
    user_agent = CleanText(required=True, most=400)


class RegistrationSchema(StrictSchema):
    device_id = fields.UUID(required=True)
    label = CleanText(required=True, most=200)
    telemetry = fields.Nested(TelemetrySchema, required=True)
    known = fields.Nested(KnownSchema, required=True, allow_none=True)
    # The raw uncompressed point of the device's P-256 key, base64. The request that brings it is signed with it.
    public_key = fields.String(load_default=None, allow_none=True, validate=validate.Length(equal=88))
    unlock = fields.String(load_default="", validate=validate.OneOf(["", "pin", "passkey"]))


class RangeSchema(StrictSchema):
    """Numbers from `from` to `to`, both included."""

    first = fields.Integer(required=True, data_key="from")
    last = fields.Integer(required=True, data_key="to")


class RegisteredSchema(StrictSchema):
    device_id = fields.UUID(required=True)
    contiguous_seq = fields.Integer(required=True)
    highest_seq = fields.Integer(required=True)
    next_seq = fields.Integer(required=True)
    lost = fields.List(fields.Nested(RangeSchema), required=True)
    approved = fields.Boolean(required=True)
    unlock = fields.String(required=True)


class DeviceSchema(StrictSchema):
    id = fields.UUID(required=True)
    person_id = fields.Integer(required=True)
    person_name = fields.String(required=True)
    label = fields.String(required=True)
    last_seen_at = fields.AwareDateTime(required=True)
    contiguous_seq = fields.Integer(required=True)
    highest_seq = fields.Integer(required=True)
    missing = fields.List(fields.Nested(RangeSchema), required=True)
    lost = fields.List(fields.Nested(RangeSchema), required=True)
    gap_since = fields.AwareDateTime(required=True, allow_none=True)
    gap_reported = fields.Boolean(required=True)
    telemetry = fields.Dict(required=True)
    has_key = fields.Boolean(required=True)
    unlock = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    approved_at = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class DevicesSchema(StrictSchema):
    devices = fields.List(fields.Nested(DeviceSchema), required=True)


class DevicesQuerySchema(StrictSchema):
    """`troubled=1`: only devices with missing or lost numbers. `person_id`: only that person's."""

    troubled = fields.Boolean(load_default=False)
    person_id = fields.Integer(load_default=None, validate=validate.Range(1, 2**31))
