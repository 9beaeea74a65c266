"""Secrecy classes of outlets and of the fields of a card."""

from typing import Any

from flask_smorest import Blueprint

from server.api.access import me, requires
from server.extensions import clock, db
from server.schemas.secrecy import ChangedSchema, FieldSecrecySchema, SetFieldSchema, SetOutletsSchema
from server.services import secrecy

blueprint = Blueprint("secrecy", __name__, url_prefix="/api/v1/secrecy", description="Secrecy classes")


@blueprint.get("/fields")
@requires("secrecy.read")
@blueprint.response(200, FieldSecrecySchema(many=True))
def list_fields() -> object:
    """Every field of a card with its class."""
    return secrecy.find_fields(db.session())


@blueprint.put("/fields")
@requires("secrecy.write", step_up=True)
@blueprint.arguments(SetFieldSchema)
@blueprint.response(200, FieldSecrecySchema(many=True))
def set_field(values: dict[str, Any]) -> object:
    """Put a field into a class."""
    secrecy.set_field(**values, by=me().person_id, now=clock.now())
    return secrecy.find_fields(db.session())


@blueprint.put("/outlets")
@requires("secrecy.write", step_up=True)
@blueprint.arguments(SetOutletsSchema)
@blueprint.response(200, ChangedSchema)
def set_outlets(values: dict[str, Any]) -> dict[str, int]:
    """Put outlets into a class; their cards follow with the phones' next manifest."""
    return {"changed": secrecy.set_outlets(**values, by=me().person_id, now=clock.now())}
