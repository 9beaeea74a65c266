"""Orders that a person must look at before they go on a truck."""

from typing import Any
from uuid import UUID

from flask_smorest import Blueprint

from server.api.access import me, requires, within
from server.api.routes import today
from server.extensions import clock, db
from server.schemas.order_reviews import OrderToReviewSchema, ReviewedSchema, ReviewSchema
from server.services import order_reviews, scopes

blueprint = Blueprint("orders", __name__, url_prefix="/api/v1", description="Orders")


@blueprint.get("/orders/review")
@requires("orders.review")
@blueprint.response(200, OrderToReviewSchema(many=True))
def list_orders_to_review() -> object:
    """Orders that wait for a person, oldest first."""
    return order_reviews.find_orders_to_review(db.session(), today=today(), within=within())


@blueprint.post("/orders/<uuid:order_id>/review")
@requires("orders.review")
@blueprint.arguments(ReviewSchema)
@blueprint.response(200, ReviewedSchema)
def review_order(values: dict[str, Any], order_id: UUID) -> object:
    """Let the order onto its truck as it was signed, or cancel it."""
    scopes.check_order(db.session(), within(), order_id)
    return order_reviews.review_order(
        order_id=order_id, accept=values["accept"], today=today(), now=clock.now(), by=me().person_id
    )
