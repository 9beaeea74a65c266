"""Is the server able to do its work?"""

import shutil
from typing import Final

from flask import current_app
from flask_smorest import Blueprint
from sqlalchemy import text

from server.api.access import public
from server.errors import Busy, StorageFull
from server.extensions import clock, db
from server.schemas.health import HealthSchema
from server.services.company import find_company

blueprint = Blueprint("health", __name__, url_prefix="/api/v1", description="Health")

# Bytes that a batch of a hundred full visits needs in SQLite's log. Below, an operation may still go through.
LEAST_FREE: Final = 1 << 20


@blueprint.get("/health")
@public
@blueprint.response(200, HealthSchema)
def health() -> dict[str, object]:
    """Answers when the database does, and when there is room to write (D5)."""
    session = db.session()
    folder = current_app.config["SETTINGS"].data
    if session.get_bind().dialect.name == "sqlite" and shutil.disk_usage(folder).free < LEAST_FREE:
        raise StorageFull(retry_after_s=30)
    session.execute(text("SELECT 1"))
    company = find_company(session)
    if company is None:
        raise Busy("no_company", retry_after_s=5)
    return {"status": "ok", "epoch": company.epoch, "server_time": clock.now()}
