"""The quarterly review of rights on the desk."""

from typing import Any

from flask.views import MethodView
from flask_smorest import Blueprint

from server.api.access import me, requires
from server.api.routes import today
from server.extensions import clock, db
from server.schemas.access_reviews import (
    DecideRightSchema,
    OpenedReviewSchema,
    OpenReviewSchema,
    ReviewItemsSchema,
    ReviewsSchema,
)
from server.services import access_reviews

blueprint = Blueprint("access_reviews", __name__, url_prefix="/api/v1", description="Access reviews")


@blueprint.route("/access-reviews")
class AccessReviews(MethodView):
    @requires("access_reviews.read")
    @blueprint.response(200, ReviewsSchema)
    def get(self) -> access_reviews.Standing:
        """The last reviews, which are overdue, and whether this quarter's is missing."""
        return access_reviews.find_standing(db.session(), day=today())

    @requires("access_reviews.open", step_up=True)
    @blueprint.arguments(OpenReviewSchema)
    @blueprint.response(201, OpenedReviewSchema)
    def post(self, values: dict[str, Any]) -> dict[str, object]:
        """Open this quarter's review and name who decides."""
        opened = access_reviews.open_review(**values, day=today(), by=me().person_id, now=clock.now())
        return {"id": opened}


@blueprint.get("/access-reviews/<int:review_id>/items")
@requires("access_reviews.read")
@blueprint.response(200, ReviewItemsSchema)
def list_items(review_id: int) -> dict[str, object]:
    """The rights of a review: all for those who may open one, else those that one decides oneself."""
    everybody = not {"manager", "administrator", "auditor"}.isdisjoint(me().roles)
    reviewer_id = None if everybody else me().person_id
    return {"items": access_reviews.find_items(db.session(), review_id, reviewer_id=reviewer_id)}


@blueprint.post("/access-reviews/items/<int:item_id>/decide")
@requires("access_reviews.decide", step_up=True)
@blueprint.arguments(DecideRightSchema)
@blueprint.response(204)
def decide(values: dict[str, Any], item_id: int) -> None:
    """Confirm a right, or withdraw it at once."""
    access_reviews.decide(item_id=item_id, **values, day=today(), by=me().person_id, now=clock.now())
