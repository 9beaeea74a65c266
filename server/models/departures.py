"""Departures (离职): a leaver's case, what the person held when it was opened, and the proposals for who takes over."""

from datetime import date, datetime

from sqlalchemy import JSON, BigInteger, Float, ForeignKey, ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base
from server.models.sealed import Sealed, SealedJson


class Departure(Base):
    """One leaver's case. `held` and `activity` are what was found when it was opened; they do not change."""

    __tablename__ = "departure"
    __table_args__ = (Index("ix_departure_state", "state", "opened_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    # domain.departures.REASONS, and the manager's own words
    reason: Mapped[str] = mapped_column(String(24))
    words: Mapped[str] = mapped_column(String(500), default="")
    last_day: Mapped[date]
    # freeze_now | serving_notice
    mode: Mapped[str] = mapped_column(String(16))
    # open | planned | closed | undone
    state: Mapped[str] = mapped_column(String(16), default="open")
    # The person while the case is under way, so that the database itself keeps it to one; empty afterwards.
    open_key: Mapped[int | None] = mapped_column(unique=True)
    # The person's status before, given back when the case is undone.
    status_before: Mapped[str] = mapped_column(String(16))
    # Whether this case stopped the access; it may have been stopped before.
    froze: Mapped[bool] = mapped_column(default=False)
    opened_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    opened_at: Mapped[datetime]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]
    # Routes held as [{"route_id", "code", "role"}], and counts of what was held besides the stores' own.
    held: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
    # domain.departures.Habit of the last 90 days, by kind.
    activity: Mapped[list[dict[str, object]]] = mapped_column(JSON, default=list)
    # The plan on whose board the proposals lie, and the newest job that makes them.
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plan.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"))
    # What was accepted, and the instant at which assignments close and open.
    accepted_proposal: Mapped[int | None]
    accepted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    accepted_at: Mapped[datetime | None]
    holds_from: Mapped[datetime | None]
    # How many of the stores besides class A are called back, from 0 to 1.
    call_back_share: Mapped[float] = mapped_column(Float, default=0.2)


class DepartureStore(Base):
    """An outlet that the leaver held: what was open there, who takes it, and how far its handover (交接) is."""

    __tablename__ = "departure_store"
    __table_args__ = (
        Index("ix_departure_store_outlet", "outlet_id"),
        Index("ix_departure_store_receiver", "receiver_id", "state"),
    )

    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"), primary_key=True)
    outlet_id: Mapped[int] = mapped_column(ForeignKey("outlet.id"), primary_key=True)
    # Place in the order in which stores are handed over, from 1.
    place: Mapped[int]
    route_id: Mapped[int] = mapped_column(ForeignKey("route.id"))
    outlet_class: Mapped[str] = mapped_column(String(1))
    # Value of the orders of the last 90 days, minor units.
    value_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    open_orders: Mapped[int] = mapped_column(default=0)
    deliveries: Mapped[int] = mapped_column(default=0)
    promises: Mapped[int] = mapped_column(default=0)
    assets: Mapped[int] = mapped_column(default=0)
    contacts: Mapped[int] = mapped_column(default=0)
    # How many others of the company visited it in the last 180 days.
    known_by: Mapped[int] = mapped_column(default=0)
    last_visit_at: Mapped[datetime | None]
    # Who takes it, by what was accepted, and by when it is to be handed over in person.
    receiver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    due: Mapped[date | None]
    # waiting | handed (the owner has not answered) | confirmed | denied | wrong
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    handed_at: Mapped[datetime | None]
    handed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    witness_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # What was checked with the owner (domain.handovers.HANDOVER_STEPS).
    steps: Mapped[list[str]] = mapped_column(JSON, default=list)
    next_visit: Mapped[date | None]
    answered_at: Mapped[datetime | None]
    # The owner's signature as an SVG path, in a 320 x 160 box.
    signature: Mapped[str] = mapped_column(Text, default="")
    # Steps that were skipped, as [step, reason]; what was found in each, and what the owner said.
    skipped: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    notes: Mapped[dict[str, str] | None] = mapped_column(SealedJson("departure_store.notes"))
    words: Mapped[str | None] = mapped_column(Sealed("departure_store.words"))
    giver_present: Mapped[bool] = mapped_column(default=False)
    # domain.handovers.WAYS; empty until there is an answer.
    answered_way: Mapped[str] = mapped_column(String(16), default="")
    # Whether a supervisor stood by when it was handed over.
    supervised: Mapped[bool] = mapped_column(default=False)


class OwnerCode(Base):
    """A code with which a store's owner answers on their own phone, once. It is found by its digest; the code itself is
    sealed, so that the receiver's book can show it again, and the database alone opens no page."""

    __tablename__ = "owner_code"
    __table_args__ = (
        Index("ix_owner_code_store", "departure_id", "outlet_id"),
        ForeignKeyConstraint(
            ["departure_id", "outlet_id"],
            ["departure_store.departure_id", "departure_store.outlet_id"],
            name="fk_owner_code_store",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    departure_id: Mapped[int]
    outlet_id: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    code: Mapped[str] = mapped_column(Sealed("owner_code.code"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # domain.handovers.ANSWERS; empty until the owner has answered.
    answer: Mapped[str] = mapped_column(String(16), default="")
    words: Mapped[str | None] = mapped_column(Sealed("owner_code.words"))
    answered_at: Mapped[datetime | None]


class DepartureProposal(Base):
    """One way to hand the stores over: a version of the case's plan, or the routes whole to a successor."""

    __tablename__ = "departure_proposal"
    __table_args__ = (Index("ix_departure_proposal_departure", "departure_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    departure_id: Mapped[int] = mapped_column(ForeignKey("departure.id"))
    # hire | spread | cascade
    kind: Mapped[str] = mapped_column(String(16))
    version_id: Mapped[int] = mapped_column(ForeignKey("plan_version.id"))
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    # domain.departures.ProposalFigures as JSON
    figures: Mapped[dict[str, object]] = mapped_column(JSON, default=dict)
