"""Shapes of the auditor's questions and answers."""

from marshmallow import fields, validate

from server.schemas.base import CleanText, StrictSchema

MOST_ID = 2**31 - 1
MOST_SEQ = 2**53


class AuditQuerySchema(StrictSchema):
    person_id = fields.Integer(load_default=None, validate=validate.Range(1, MOST_ID))
    outlet_id = fields.Integer(load_default=None, validate=validate.Range(1, MOST_ID))
    # The outlet's code, for who has no list of ids before them.
    outlet = CleanText(load_default="", most=40)
    device = fields.UUID(load_default=None)
    deed = CleanText(load_default="", most=40)
    since = fields.AwareDateTime(load_default=None)
    until = fields.AwareDateTime(load_default=None)
    before = fields.Integer(load_default=None, validate=validate.Range(1, MOST_SEQ))


class AuditPersonSchema(StrictSchema):
    id = fields.Integer(required=True)
    name = fields.String(required=True)
    status = fields.String(required=True)


class AuditEntrySchema(StrictSchema):
    seq = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    person_id = fields.Integer(required=True, allow_none=True)
    person = fields.String(required=True)
    deed = fields.String(required=True)
    subject = fields.String(required=True)
    outlet_id = fields.Integer(required=True, allow_none=True)
    outlet = fields.String(required=True)
    device = fields.String(required=True, allow_none=True)
    detail = fields.Dict(keys=fields.String(), required=True)
    digest = fields.String(required=True)


class AuditPageSchema(StrictSchema):
    """`next`: ask for entries before this number; null on the last page."""

    entries = fields.List(fields.Nested(AuditEntrySchema), required=True)
    next = fields.Integer(required=True, allow_none=True)


class OpeningSchema(StrictSchema):
    at = fields.AwareDateTime(required=True)
    outlet_id = fields.Integer(required=True)
    outlet = fields.String(required=True)
    reason = fields.String(required=True)
    words = fields.String(required=True)
    offline = fields.Boolean(required=True)
    flags = fields.List(fields.String(), required=True)
    has_fix = fields.Boolean(required=True)
    device = fields.String(required=True)


class OpeningsSchema(StrictSchema):
    person_id = fields.Integer(required=True)
    person = fields.String(required=True)
    status = fields.String(required=True)
    since = fields.AwareDateTime(required=True)
    until = fields.AwareDateTime(required=True)
    openings = fields.List(fields.Nested(OpeningSchema), required=True)
    outlets = fields.Integer(required=True)
    deeds = fields.List(fields.Nested(AuditEntrySchema), required=True)


class CheckpointSchema(StrictSchema):
    seq = fields.Integer(required=True)
    digest = fields.String(required=True)
    at = fields.String(required=True)
    key_id = fields.String(required=True)
    signature = fields.String(required=True)


class AuditFaultSchema(StrictSchema):
    seq = fields.Integer(required=True)
    what = fields.String(required=True)
    after = fields.Integer(required=True, allow_none=True)


class VerdictSchema(StrictSchema):
    """`fault` is null where every entry is as it was written; `proven`: up to which entry signed checkpoints agree."""

    at = fields.AwareDateTime(required=True)
    entries = fields.Integer(required=True)
    digest = fields.String(required=True)
    checkpoints = fields.Integer(required=True)
    proven = fields.Integer(required=True)
    unknown_keys = fields.Integer(required=True)
    contents = fields.Integer(required=True)
    erased = fields.Integer(required=True)
    fault = fields.Nested(AuditFaultSchema, required=True, allow_none=True)


class AuditStateSchema(StrictSchema):
    entries = fields.Integer(required=True)
    newest_at = fields.AwareDateTime(required=True, allow_none=True)
    checkpoint = fields.Nested(CheckpointSchema, required=True, allow_none=True)
    verdict = fields.Nested(VerdictSchema, required=True, allow_none=True)


class RecordSchema(StrictSchema):
    """What a person may know of their own record: the numbers they opened, and who looked at or changed it."""

    openings = fields.List(fields.Nested(OpeningSchema), required=True)
    lookers = fields.List(fields.Nested(AuditEntrySchema), required=True)
