"""Shapes of a batch of operations, of the answer to it, and of the quarantine desk."""

from marshmallow import fields, validate

from server.domain.sequences import MAX_SEQ
from server.schemas.base import CleanText, StrictSchema

MAX_OPERATIONS = 100
# 256 KiB unpacked never need more than this, deflated and in base64.
MAX_BODY_CHARS = 400_000
MAX_SERVER_SEQ = 2**53
# A phone's clock may be off by decades (1970), never by more.
MAX_OFFSET_MS = 100 * 366 * 86_400_000


class BatchSchema(StrictSchema):
    """The envelope. Its operations are read one by one, so that a bad one does not hold up the others."""

    device_id = fields.UUID(required=True)
    batch_id = fields.UUID(required=True)
    sent_at = fields.AwareDateTime(required=True)
    epoch = fields.UUID(required=True, allow_none=True)
    known_server_seq = fields.Integer(required=True, strict=True, validate=validate.Range(0, MAX_SERVER_SEQ))
    highest_seq = fields.Integer(required=True, strict=True, validate=validate.Range(0, MAX_SEQ))
    # The newest checkpoint of the audit chain that the phone was given. Whatever it is, it never holds up a push.
    known_checkpoint = fields.Raw(load_default=None, allow_none=True)
    operations = fields.List(fields.Raw(), required=True, validate=validate.Length(0, MAX_OPERATIONS))


class OperationSchema(StrictSchema):
    """One entry of a batch. `body` is opaque."""

    id = fields.UUID(required=True)
    seq = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_SEQ))
    kind = CleanText(required=True, least=1, most=40)
    schema = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000))
    captured_at = fields.AwareDateTime(required=True)
    offset_ms = fields.Integer(
        required=True,
        allow_none=True,
        strict=True,
        validate=validate.Range(-MAX_OFFSET_MS, MAX_OFFSET_MS),
    )
    after = fields.UUID(required=True, allow_none=True)
    # The inbox key that the body is sealed with; none: it is packed only.
    key = CleanText(load_default=None, allow_none=True, least=1, most=40)
    body = fields.String(required=True, validate=validate.Length(0, MAX_BODY_CHARS))


class OperationDecisionSchema(StrictSchema):
    decision = fields.String(required=True, validate=validate.OneOf(["replay", "refuse"]))
    note = CleanText(required=True, most=500, lines=True)


class OperationDecidedSchema(StrictSchema):
    """`state` after the decision: applied, quarantined (it failed again) or refused."""

    id = fields.UUID(required=True)
    state = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class QuarantinedSchema(StrictSchema):
    id = fields.UUID(required=True)
    seq = fields.Integer(required=True)
    kind = fields.String(required=True)
    schema = fields.Integer(required=True)
    person_id = fields.Integer(required=True)
    person_name = fields.String(required=True)
    device_id = fields.UUID(required=True)
    captured_at = fields.AwareDateTime(required=True)
    received_at = fields.AwareDateTime(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)
    body = fields.Raw(required=True, allow_none=True)
    raw = fields.String(required=True)
    others = fields.List(fields.Raw(allow_none=True), required=True)


class QuarantineSchema(StrictSchema):
    operations = fields.List(fields.Nested(QuarantinedSchema), required=True)
