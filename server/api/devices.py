"""Devices: a phone registers itself after sign-in; the office sees which miss something."""

from flask.views import MethodView
from flask_smorest import Blueprint

from server.api.access import me, requires
from server.extensions import clock, db
from server.schemas.devices import DevicesQuerySchema, DevicesSchema, RegisteredSchema, RegistrationSchema
from server.services import devices

blueprint = Blueprint("devices", __name__, url_prefix="/api/v1", description="Devices")


@blueprint.route("/devices")
class Devices(MethodView):
    @requires("operations.push")
    @blueprint.arguments(RegistrationSchema)
    @blueprint.response(200, RegisteredSchema)
    def post(self, values: dict[str, object]) -> devices.Registered:
        """Tie this sign-in to a device, and learn where its sequence stands."""
        known = values["known"]
        return devices.register_device(
            person_id=me().person_id,
            token_sha256=me().token_sha256,
            device_id=values["device_id"],  # type: ignore[arg-type]
            label=values["label"],  # type: ignore[arg-type]
            telemetry=values["telemetry"],  # type: ignore[arg-type]
            known=devices.Known(**known) if isinstance(known, dict) else None,
            now=clock.now(),
        )

    @requires("devices.read")
    @blueprint.arguments(DevicesQuerySchema, location="query")
    @blueprint.response(200, DevicesSchema)
    def get(self, query: dict[str, bool]) -> dict[str, object]:
        """Devices, last seen first, with the numbers that are missing or lost."""
        found = devices.find_devices(db.session(), now=clock.now(), troubled=query["troubled"])
        return {"devices": found}
