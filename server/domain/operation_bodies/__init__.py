"""What the bodies of the phones' operations hold: one file a family of kinds, each body a frozen dataclass that
checks itself when it is read from JSON. `KINDS` names them all."""

from server.domain.operation_bodies.announcements import AnnouncementRead
from server.domain.operation_bodies.changes import OutletChange
from server.domain.operation_bodies.days import DayEnd, DayStart, StopsReorder
from server.domain.operation_bodies.deliveries import DeliveryRecord
from server.domain.operation_bodies.field import CaseOpen, InteractionAdd, JointVisitRecord, TaskDone
from server.domain.operation_bodies.handovers import HandoverRecord
from server.domain.operation_bodies.outlets import OutletNoteAdded, OutletPropose, PromiseKeep
from server.domain.operation_bodies.photos import PhotoAttach
from server.domain.operation_bodies.reveals import ContactReveal
from server.domain.operation_bodies.visits import VisitBody

Body = (
    DayStart
    | DayEnd
    | StopsReorder
    | DeliveryRecord
    | OutletNoteAdded
    | OutletPropose
    | OutletChange
    | PromiseKeep
    | PhotoAttach
    | ContactReveal
    | HandoverRecord
    | TaskDone
    | JointVisitRecord
    | InteractionAdd
    | CaseOpen
    | VisitBody
    | AnnouncementRead
)

__all__ = [
    "AnnouncementRead",
    "Body",
    "CaseOpen",
    "ContactReveal",
    "DayEnd",
    "DayStart",
    "DeliveryRecord",
    "HandoverRecord",
    "InteractionAdd",
    "JointVisitRecord",
    "OutletChange",
    "OutletNoteAdded",
    "OutletPropose",
    "PhotoAttach",
    "PromiseKeep",
    "StopsReorder",
    "TaskDone",
    "VisitBody",
]
