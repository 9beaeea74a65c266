"""Devices: a phone registers itself after sign-in; the office sees which miss something."""

import base64
import binascii
from typing import Any
from uuid import UUID

from flask import current_app
from flask.views import MethodView
from flask_smorest import Blueprint

from server.api.access import me, requires, take_proof, within
from server.domain.proofs import is_point
from server.errors import FieldError, Invalid
from server.extensions import clock, db
from server.schemas.devices import DevicesQuerySchema, DevicesSchema, RegisteredSchema, RegistrationSchema
from server.services import devices, enrolment

blueprint = Blueprint("devices", __name__, url_prefix="/api/v1", description="Devices")


@blueprint.route("/devices")
class Devices(MethodView):
    @requires("operations.push")
    @blueprint.arguments(RegistrationSchema)
    @blueprint.response(200, RegisteredSchema)
    def post(self, values: dict[str, Any]) -> devices.Registered:
        """Tie this sign-in to a device, and learn where its sequence stands."""
        known, key = values["known"], read_point(values["public_key"])
        if key is not None and me().found.device_key is None:
            take_proof(values["device_id"], key)  # whoever brings a key has it
        return devices.register_device(
            person_id=me().person_id,
            token_sha256=me().token_sha256,
            bound_to=me().device_id if me().found.device_key else None,
            claim=enrolment.Claim(
                device_id=values["device_id"],
                label=values["label"],
                telemetry=values["telemetry"],
                public_key=key,
                unlock=values["unlock"],
            ),
            known=devices.Known(**known) if known else None,
            approval=current_app.config["SETTINGS"].device_approval,
            now=clock.now(),
        )

    @requires("devices.read")
    @blueprint.arguments(DevicesQuerySchema, location="query")
    @blueprint.response(200, DevicesSchema)
    def get(self, query: dict[str, Any]) -> dict[str, object]:
        """Devices, last seen first, with the numbers that are missing or lost."""
        found = devices.find_devices(
            db.session(),
            now=clock.now(),
            troubled=query["troubled"],
            person_id=query["person_id"],
            within=within(),
        )
        return {"devices": found}


@blueprint.post("/devices/<uuid:device_id>/approve")
@requires("devices.decide", step_up=True)
@blueprint.response(204)
def approve(device_id: UUID) -> None:
    """Let things be lent to a device that waits; somebody else than whose it is."""
    enrolment.approve_device(device_id=device_id, by=me().person_id, now=clock.now(), within=within())


@blueprint.delete("/devices/<uuid:device_id>")
@requires("devices.decide", step_up=True)
@blueprint.response(204)
def revoke(device_id: UUID) -> None:
    """Stop a device for good."""
    enrolment.revoke_device(device_id=device_id, by=me().person_id, now=clock.now(), within=within())


def read_point(text: str | None) -> bytes | None:
    """A device's public key as it travels. Errors: Invalid when it is no point of the curve."""
    if text is None:
        return None
    try:
        point = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        point = b""
    if not is_point(point):
        raise Invalid(errors=[FieldError("public_key", "point")])
    return point
