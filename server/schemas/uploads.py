"""Shapes of photo uploads."""

from marshmallow import fields, validate

from server.domain.operation_bodies.photos import MAX_PHOTO_BYTES
from server.schemas.base import StrictSchema


class UploadSchema(StrictSchema):
    """`size` in bytes, `sha256` in small hexadecimal digits, of the file as the phone sends it."""

    photo_id = fields.UUID(required=True)
    size = fields.Integer(required=True, strict=True, validate=validate.Range(1, MAX_PHOTO_BYTES))
    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}\Z"))


class ProgressSchema(StrictSchema):
    offset = fields.Integer(required=True)
    done = fields.Boolean(required=True)
