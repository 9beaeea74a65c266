"""Is the server able to do its work?"""

from flask_smorest import Blueprint
from sqlalchemy import text

from server.api.access import public
from server.errors import Busy
from server.extensions import clock, db
from server.schemas.health import HealthSchema
from server.services.company import find_company

blueprint = Blueprint("health", __name__, url_prefix="/api/v1", description="Health")


@blueprint.get("/health")
@public
@blueprint.response(200, HealthSchema)
def health() -> dict[str, object]:
    """Answers when the database does."""
    session = db.session()
    session.execute(text("SELECT 1"))
    company = find_company(session)
    if company is None:
        raise Busy("no_company", retry_after_s=5)
    return {"status": "ok", "epoch": company.epoch, "server_time": clock.now()}
