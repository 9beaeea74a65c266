"""Which deed each kind of operation is. One place to look: the phone's word, and what it does to the book."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from server.domain import operation_bodies as bodies
from server.services import (
    accounts,
    announcements,
    deliveries,
    field_notes,
    joint_visits,
    requests,
    reveal_records,
    task_room,
    visits,
    work_days,
)
from server.services.captured import Captured, Effect
from server.services.departures.recording import record_handover
from server.services.field_facts import FieldFacts, day_of

_Account = bodies.TaskDone | bodies.JointVisitRecord | bodies.InteractionAdd | bodies.CaseOpen
_Beside = (
    bodies.PhotoAttach
    | bodies.ContactReveal
    | bodies.HandoverRecord
    | bodies.DeliveryRecord
    | bodies.AnnouncementRead
)


def effect_of(
    session: Session, captured: Captured, body: bodies.Body, facts: FieldFacts, now: datetime
) -> Effect:
    """Call the deed of the kind. It writes; it does not commit."""
    connection = session.connection()
    match body:
        case bodies.VisitBody():
            today = day_of(now, facts.timezone)
            return visits.record_visit(connection, captured, body, facts, today)
        case bodies.DayStart():
            return work_days.start_day(connection, captured, body, facts)
        case bodies.DayEnd():
            return work_days.end_day(connection, captured, body)
        case bodies.StopsReorder():
            return work_days.reorder_stops(captured, body)
        case bodies.OutletPropose():
            return field_notes.propose_outlet(connection, captured, body, facts)
        case bodies.OutletChange():
            return requests.request_change(connection, captured, body, facts)
        case bodies.OutletNoteAdded():
            return field_notes.add_note(connection, captured, body, facts)
        case bodies.PromiseKeep():
            return field_notes.keep_promise(connection, captured, body, facts)
        case _:
            return _beside(session, captured, body, facts)


def _beside(
    session: Session,
    captured: Captured,
    body: _Beside | _Account,
    facts: FieldFacts,
) -> Effect:
    """What is told beside the day and the cards' own words."""
    connection = session.connection()
    match body:
        case bodies.PhotoAttach():
            return field_notes.attach_photo(connection, captured, body)
        case bodies.ContactReveal():
            return reveal_records.record_reveal(session, captured, body, facts)
        case bodies.HandoverRecord():
            return record_handover(session, captured, body, facts)
        case bodies.DeliveryRecord():
            return deliveries.record_delivery(connection, captured, body, facts)
        case bodies.AnnouncementRead():
            return announcements.record_read(session, captured, body)
        case _:
            return _account(session, captured, body, facts)


def _account(
    session: Session,
    captured: Captured,
    body: _Account,
    facts: FieldFacts,
) -> Effect:
    """The deeds besides visits: what came of a task, a joint visit, a talk, a case."""
    match body:
        case bodies.TaskDone():
            return task_room.record_done(session, captured, body, facts)
        case bodies.JointVisitRecord():
            return joint_visits.record(session, captured, body, facts)
        case bodies.InteractionAdd():
            return accounts.record_interaction(session, captured, body, facts)
        case bodies.CaseOpen():
            return accounts.record_case(session, captured, body, facts)
