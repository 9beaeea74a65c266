"""Shapes of jobs."""

from marshmallow import fields

from server.schemas.base import StrictSchema


class JobLineSchema(StrictSchema):
    at = fields.String()
    key = fields.String()
    detail = fields.String()


class JobSchema(StrictSchema):
    id = fields.Integer()
    kind = fields.String()
    state = fields.String()
    progress = fields.Integer()
    words = fields.String()
    result = fields.String()
    attempts = fields.Integer()
    cancel_asked = fields.Boolean()
    asked_by = fields.Integer(allow_none=True)
    asked_at = fields.AwareDateTime()
    started_at = fields.AwareDateTime(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)
    again_of = fields.Integer(allow_none=True)


class JobDetailSchema(JobSchema):
    log = fields.Function(
        lambda job: [{"at": at, "key": key, "detail": detail} for at, key, detail in job.log]
    )
