"""Shapes of imports: an upload, its figures, its rows, the confirmation."""

from flask_smorest.fields import Upload
from marshmallow import fields, validate

from server.domain.imports.headings import HEADINGS
from server.schemas.base import StrictSchema

KINDS = sorted(HEADINGS)
SYSTEMS = ["wgs84", "gcj02", "bd09"]
STATES = ["good", "faulty", "duplicate", "accepted"]
PAGE_MOST = 500
TICKED_MOST = 200_000


class ImportFileSchema(StrictSchema):
    """The file part of the upload."""

    file = Upload(required=True)


class ImportFormSchema(StrictSchema):
    """The other parts. `mapping` is a JSON object in text: field -> heading."""

    kind = fields.String(load_default="outlets", validate=validate.OneOf(KINDS))
    crs = fields.String(load_default="wgs84", validate=validate.OneOf(SYSTEMS))
    mapping = fields.String(load_default="", validate=validate.Length(max=20_000))
    encoding = fields.String(load_default="", validate=validate.Length(max=20))
    territory_id = fields.Integer(load_default=None, allow_none=True)


class MappingSchema(StrictSchema):
    mapping = fields.Dict(
        keys=fields.String(validate=validate.Length(1, 40)),
        values=fields.String(validate=validate.Length(max=200)),
        required=True,
    )
    crs = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(SYSTEMS))


class ConfirmSchema(StrictSchema):
    rows = fields.String(load_default="all_good", validate=validate.OneOf(["all_good", "all"]))
    duplicates = fields.List(
        fields.Integer(strict=True, validate=validate.Range(min=1)),
        load_default=list,
        validate=validate.Length(max=TICKED_MOST),
    )


class RowsQuerySchema(StrictSchema):
    state = fields.String(load_default="", validate=validate.OneOf(["", *STATES]))
    offset = fields.Integer(load_default=0, validate=validate.Range(min=0))
    limit = fields.Integer(load_default=100, validate=validate.Range(min=1, max=PAGE_MOST))


class FaultSchema(StrictSchema):
    row = fields.Integer()
    field = fields.String(required=True)
    rule = fields.String(required=True)
    message = fields.String(required=True)


class FindingSchema(FaultSchema):
    severity = fields.String(required=True)


class ImportSchema(StrictSchema):
    """Figures of an import: rows = accepted + rejected + duplicates."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True)
    file_name = fields.String(required=True)
    state = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    confirmed_at = fields.AwareDateTime(required=True, allow_none=True)
    person = fields.String(required=True, allow_none=True)
    crs = fields.String(required=True)
    territory_id = fields.Integer(required=True, allow_none=True)
    headings = fields.List(fields.String(), required=True)
    fields_ = fields.List(fields.String(), required=True, data_key="fields", attribute="fields")
    mapping = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    ignored_headings = fields.List(fields.String(), required=True)
    rows = fields.Integer(required=True)
    accepted = fields.Integer(required=True)
    rejected = fields.Integer(required=True)
    duplicates = fields.Integer(required=True)
    notes = fields.List(fields.Nested(FaultSchema), required=True)


class ImportPreviewSchema(ImportSchema):
    """With the first errors, so that the preview needs one request."""

    errors = fields.List(fields.Nested(FaultSchema), required=True)


class ImportRowSchema(StrictSchema):
    row = fields.Integer(required=True)
    state = fields.String(required=True)
    cells = fields.List(fields.String(), required=True)
    values = fields.Dict(required=True)
    duplicate_of = fields.String(required=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)


class ImportRowsSchema(StrictSchema):
    total = fields.Integer(required=True)
    offset = fields.Integer(required=True)
    rows = fields.List(fields.Nested(ImportRowSchema), required=True)


class LookupSchema(StrictSchema):
    asked = fields.Integer(required=True)
    found = fields.Integer(required=True)
    remaining = fields.Integer(required=True)
