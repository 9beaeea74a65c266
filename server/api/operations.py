"""Push: a batch of operations comes in, a result for each goes out. And the quarantine desk."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from flask import Response, jsonify
from flask.views import MethodView
from flask_smorest import Blueprint
from marshmallow import ValidationError

from server.api.access import me, requires, within
from server.api.audit import checkpoint_view, keeper
from server.api.problems import marshmallow_errors
from server.domain.audit import read_checkpoint
from server.domain.sequences import MAX_SEQ
from server.errors import FieldError, Invalid
from server.extensions import clock, db
from server.schemas.operations import (
    BatchSchema,
    OperationDecidedSchema,
    OperationDecisionSchema,
    OperationSchema,
    QuarantineSchema,
)
from server.services import checkpoints, operations, quarantine, scopes

blueprint = Blueprint("operations", __name__, url_prefix="/api/v1", description="Operations")

_OPERATION = OperationSchema()
_FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)


@blueprint.post("/operations")
@requires("operations.push")
@blueprint.arguments(BatchSchema)
def push(values: dict[str, Any]) -> Response:
    """Take a batch in and apply each operation in a transaction of its own."""
    batch, who = read_batch(values), me()
    echo = read_checkpoint(values["known_checkpoint"])
    if echo is not None and who.device_id == batch.device_id:
        checkpoints.heed_echo(
            keeper(),
            echo,
            epoch=batch.epoch,
            person_id=who.person_id,
            device_id=batch.device_id,
            now=clock.now(),
        )
    answer = operations.receive(batch, person_id=who.person_id, device_id=who.device_id, now=clock.now())
    return jsonify({**answer_view(answer), "checkpoint": checkpoint_view(answer.server_seq, answer.epoch)})


def read_batch(values: dict[str, Any]) -> operations.Batch:
    """The batch of a push or of a drop. Errors: Invalid when an operation cannot even be named."""
    return operations.Batch(
        device_id=values["device_id"],
        batch_id=values["batch_id"],
        epoch=values["epoch"],
        known_server_seq=values["known_server_seq"],
        highest_seq=values["highest_seq"],
        operations=tuple(_incoming(index, entry) for index, entry in enumerate(values["operations"])),
    )


def _incoming(index: int, entry: object) -> operations.Incoming:
    """One entry of the batch; one that breaks a rule and can still be named is kept whole and quarantined."""
    try:
        values = _OPERATION.load(entry)  # type: ignore[arg-type]
        body, fault = base64.b64decode(values["body"], validate=True), ""
    except ValidationError as error:
        return _broken(index, entry, marshmallow_errors(error.messages))
    except (binascii.Error, ValueError):
        return _broken(index, entry, [FieldError("body", "format")])
    return operations.Incoming(**{**values, "body": body}, unreadable=fault)


def _broken(index: int, entry: object, faults: list[FieldError]) -> operations.Incoming:
    """Errors: Invalid when the entry has no id and number by which a phone could know the answer."""
    words = entry if isinstance(entry, dict) else {}
    operation_id, seq, kind = words.get("id"), words.get("seq"), words.get("kind")
    try:
        named = UUID(operation_id) if isinstance(operation_id, str) else None
    except ValueError:
        named = None
    if named is None or type(seq) is not int or not 1 <= seq <= MAX_SEQ:
        raise Invalid(
            errors=[
                FieldError(f"operations.{index}.{fault.field}", fault.rule, fault.params) for fault in faults
            ]
        )
    return operations.Incoming(
        id=named,
        seq=seq,
        kind=kind if isinstance(kind, str) and 0 < len(kind) <= 40 and kind.isprintable() else "?",
        schema=1,
        captured_at=_FIRST_INSTANT,
        offset_ms=None,
        after=None,
        body=json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode(),
        unreadable=faults[0].field,
    )


def answer_view(answer: operations.Answer) -> dict[str, object]:
    """Receipts: ids, numbers and codes, nothing of what the operations are about."""
    return {
        "batch_id": str(answer.batch_id),
        "epoch": str(answer.epoch),
        "server_time": answer.server_time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "operations": [str(result.id) for result in answer.results],
        "results": [
            {
                "id": str(result.id),
                "seq": result.seq,
                "status": result.status,
                "server_seq": result.server_seq,
                "code": result.code,
                "detail": result.detail,
                "retry_after_s": result.retry_after_s,
            }
            for result in answer.results
        ],
        "missing": [{"from": first, "to": last} for first, last in answer.missing],
        "server_seq": answer.server_seq,
    }


@blueprint.get("/operations/quarantined")
@requires("operations.decide")
@blueprint.response(200, QuarantineSchema)
def quarantined() -> dict[str, object]:
    """What waits for a decision, newest first, 200 at most."""
    return {"operations": quarantine.find_quarantined(db.session(), within=within())}


@blueprint.route("/operations/<uuid:operation_id>/decide")
class Decide(MethodView):
    @requires("operations.decide")
    @blueprint.arguments(OperationDecisionSchema)
    @blueprint.response(200, OperationDecidedSchema)
    def post(self, values: dict[str, Any], operation_id: UUID) -> dict[str, object]:
        """Replay a quarantined operation, or refuse it for good."""
        scopes.check_operation(db.session(), within(), operation_id)
        result = quarantine.decide(
            operation_id=operation_id,
            decision=values["decision"],
            note=values["note"],
            by=me().person_id,
            now=clock.now(),
        )
        if result is None:
            return {"id": operation_id, "state": "refused", "code": "", "detail": ""}
        return {
            "id": operation_id,
            "state": result.status,
            "code": result.code,
            "detail": result.detail,
        }
