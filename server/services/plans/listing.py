"""Plans as lists show them: versions, who made them, and how far the planner is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Job, Person, Plan, PlanVersion
from server.services.plans.versions import get_plan
from server.services.scopes import Within, check_within

LIST_LIMIT = 100


@dataclass(frozen=True)
class VersionView:
    """A version as a list shows it."""

    id: int
    number: int
    origin: str
    made_at: datetime
    made_by: str
    figures: Mapping[str, object]
    edits: int
    revision: int


@dataclass(frozen=True)
class PlanView:
    """A plan with its versions and the proposal that is under way."""

    id: int
    territory_id: int
    name: str
    starts_on: date
    state: str
    terms: Mapping[str, object]
    made_at: datetime
    made_by: str
    published_version: int | None
    published_at: datetime | None
    job: Job | None
    versions: Sequence[VersionView]


def find_plans(session: Session, territory_id: int | None, within: Within) -> list[PlanView]:
    """The newest plans first, 100 at most, of one territory or of all that the person works for."""
    query = select(Plan).order_by(Plan.id.desc()).limit(LIST_LIMIT)
    if territory_id is not None:
        check_within(within, territory_id)
        query = query.where(Plan.territory_id == territory_id)
    if within is not None:
        query = query.where(Plan.territory_id.in_(within))
    return [_view(session, plan) for plan in session.scalars(query)]


def get_plan_view(session: Session, plan_id: int, within: Within) -> PlanView:
    return _view(session, get_plan(session, plan_id, within))


def _view(session: Session, plan: Plan) -> PlanView:
    versions = list(
        session.scalars(
            select(PlanVersion)
            .where(PlanVersion.plan_id == plan.id)
            .order_by(PlanVersion.number.desc())
            .limit(LIST_LIMIT)
        )
    )
    people = {plan.made_by, *(version.made_by for version in versions)} - {None}
    found = session.execute(select(Person.id, Person.name).where(Person.id.in_(people)))
    names: dict[int | None, str] = {row.id: row.name for row in found}
    return PlanView(
        id=plan.id, territory_id=plan.territory_id, name=plan.name, starts_on=plan.starts_on,
        state=plan.state, terms=plan.terms, made_at=plan.made_at, made_by=names.get(plan.made_by, ""),
        published_version=plan.published_version, published_at=plan.published_at,
        job=session.get(Job, plan.job_id) if plan.job_id else None,
        versions=[
            VersionView(
                one.id, one.number, one.origin, one.made_at, names.get(one.made_by, ""), one.figures,
                one.edits_done, one.revision,
            )
            for one in versions
        ],
    )  # fmt: skip
