"""The quarterly review of rights: each right is given to a named person, who confirms or withdraws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

from server.domain.access_reviews import due_on, quarter_of
from server.errors import Conflict, FieldError, Invalid, NotAllowed, NotFound
from server.models import AccessReview, AccessReviewItem, Person, PersonRole
from server.services import audit
from server.services.people import MAY_SIGN_IN, roles_on
from server.services.rights import close_role
from server.services.transaction import deed

MOST_LISTED = 2_000
REVIEWERS = frozenset({"supervisor", "manager", "administrator"})


@dataclass(frozen=True, slots=True)
class ReviewView:
    """`overdue`: there are rights nobody has decided on, and the day by which it should have been is over."""

    id: int
    quarter: str
    opened_at: datetime
    due_on: date
    closed_at: datetime | None
    rights: int
    left: int
    overdue: bool


@dataclass(frozen=True, slots=True)
class ItemView:
    id: int
    person_id: int
    person: str
    role: str
    since: date
    reviewer_id: int
    reviewer: str
    decision: str
    decided_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What the desk shows: the reviews, newest first, and the quarter for which there should be one and is not."""

    reviews: list[ReviewView]
    missing: str | None


def find_standing(session: Session, *, day: date) -> Standing:
    """The last eight reviews, and whether this quarter's has been opened."""
    rows = session.scalars(select(AccessReview).order_by(AccessReview.quarter.desc()).limit(8)).all()
    views = []
    for row in rows:
        decisions = session.scalars(
            select(AccessReviewItem.decision).where(AccessReviewItem.review_id == row.id).limit(MOST_LISTED)
        ).all()
        left = sum(decision == "" for decision in decisions)
        views.append(
            ReviewView(
                id=row.id,
                quarter=row.quarter,
                opened_at=row.opened_at,
                due_on=row.due_on,
                closed_at=row.closed_at,
                rights=len(decisions),
                left=left,
                overdue=left > 0 and day > row.due_on,
            )
        )
    current = quarter_of(day)
    return Standing(views, None if any(view.quarter == current for view in views) else current)


def find_items(session: Session, review_id: int, *, reviewer_id: int | None = None) -> list[ItemView]:
    """The rights of a review by person; with `reviewer_id` only those that this person decides. Errors: NotFound."""
    if session.get(AccessReview, review_id) is None:
        raise NotFound(subject=f"access_review:{review_id}")
    reviewer = aliased(Person)
    query = (
        select(AccessReviewItem, PersonRole, Person.name, reviewer.name)
        .join(PersonRole, PersonRole.id == AccessReviewItem.person_role_id)
        .join(Person, Person.id == PersonRole.person_id)
        .join(reviewer, reviewer.id == AccessReviewItem.reviewer_id)
        .where(AccessReviewItem.review_id == review_id)
        .order_by(Person.name, PersonRole.role)
        .limit(MOST_LISTED)
    )
    if reviewer_id is not None:
        query = query.where(AccessReviewItem.reviewer_id == reviewer_id)
    return [
        ItemView(
            id=item.id,
            person_id=right.person_id,
            person=name,
            role=right.role,
            since=right.valid_from,
            reviewer_id=item.reviewer_id,
            reviewer=reviewer_name,
            decision=item.decision,
            decided_at=item.decided_at,
            note=item.note,
        )
        for item, right, name, reviewer_name in session.execute(query)
    ]


@deed
def open_review(
    session: Session, *, reviewer_id: int, second_reviewer_id: int, day: date, by: int, now: datetime
) -> int:
    """Open this quarter's review. `reviewer_id` decides about everybody else, `second_reviewer_id` about the first one.

    Returns its id. Errors: Conflict `review_open`; Invalid for a reviewer who may not be one.
    """
    quarter = quarter_of(day)
    if session.scalar(select(AccessReview.id).where(AccessReview.quarter == quarter)) is not None:
        raise Conflict("review_open")
    _check_reviewers(session, reviewer_id, second_reviewer_id, day)
    review = AccessReview(quarter=quarter, opened_at=now, opened_by=by, due_on=due_on(day))
    session.add(review)
    session.flush()
    rights = session.execute(
        select(PersonRole.id, PersonRole.person_id)
        .join(Person, Person.id == PersonRole.person_id)
        .where(
            Person.status.in_(MAY_SIGN_IN),
            PersonRole.valid_from <= day,
            or_(PersonRole.valid_to.is_(None), PersonRole.valid_to >= day),
        )
        .limit(MOST_LISTED)
    ).all()
    session.add_all(
        AccessReviewItem(
            review_id=review.id,
            person_role_id=right_id,
            reviewer_id=second_reviewer_id if person_id == reviewer_id else reviewer_id,
        )
        for right_id, person_id in rights
    )
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="access_review.open",
        subject=f"access_review:{review.id}",
        detail={"quarter": quarter, "rights": len(rights), "reviewer": reviewer_id},
    )
    return review.id


def _check_reviewers(session: Session, first: int, second: int, day: date) -> None:
    if first == second:
        raise Invalid(errors=[FieldError("second_reviewer_id", "another")])
    for field, person_id in (("reviewer_id", first), ("second_reviewer_id", second)):
        person = session.get(Person, person_id)
        fit = (
            person is not None
            and person.status == "active"
            and not REVIEWERS.isdisjoint(roles_on(person, day))
        )
        if not fit:
            raise Invalid(errors=[FieldError(field, "not_found")])


@deed
def decide(
    session: Session, *, item_id: int, confirm: bool, note: str, day: date, by: int, now: datetime
) -> None:
    """Confirm a right, or withdraw it at once. Only the named reviewer may, and never about a right of their own.

    Errors: NotFound for an item of somebody else's, NotAllowed `second_person`, `last_administrator`; Conflict when it
    was decided.
    """
    item = session.get(AccessReviewItem, item_id, with_for_update=True, populate_existing=True)
    if item is None or item.reviewer_id != by:
        raise NotFound(subject=f"access_review_item:{item_id}")
    right = session.get_one(PersonRole, item.person_role_id)
    if right.person_id == by:
        raise NotAllowed("second_person")
    if item.decision:
        raise Conflict
    if not confirm and (right.valid_to is None or right.valid_to >= day):
        close_role(session, right, day)
    item.decision = "confirmed" if confirm else "withdrawn"
    item.decided_by, item.decided_at, item.note = by, now, note
    session.flush()
    _close_when_done(session, item.review_id, now)
    audit.record(
        session,
        at=now,
        person_id=by,
        deed="access_review.confirm" if confirm else "access_review.withdraw",
        subject=f"person:{right.person_id}",
        detail={"role": right.role, "review": item.review_id},
    )


def _close_when_done(session: Session, review_id: int, now: datetime) -> None:
    left = session.scalar(
        select(AccessReviewItem.id)
        .where(AccessReviewItem.review_id == review_id, AccessReviewItem.decision == "")
        .limit(1)
    )
    if left is None:
        session.get_one(AccessReview, review_id).closed_at = now
