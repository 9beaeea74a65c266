"""Tables. One file a noun; importing this package registers them all with the metadata."""

from server.models.absences import Absence, Cover
from server.models.access_reviews import AccessReview, AccessReviewItem
from server.models.agreements import Agreement, AgreementAcceptance
from server.models.alerts import Alert, AlertRule
from server.models.announcements import Announcement, AnnouncementReceipt
from server.models.audit import AuditContent, AuditEntry, AuditHead
from server.models.base import Base
from server.models.cases import Case, CaseEntry, Interaction
from server.models.catalogue import Brand, MustSell, Price, Sku
from server.models.closing import DepartureCertificate, DepartureCheck, DepartureProperty
from server.models.company import COMPANY_ID, Company, Holiday, TerritoryDay
from server.models.daybook import BorrowedCard
from server.models.deliveries import Delivery, DeliveryLine
from server.models.departures import Departure, DepartureProposal, DepartureStore, OwnerCode
from server.models.exports import ExportRequest, ExportSignature
from server.models.imports import ImportBatch, ImportRow
from server.models.jobs import Job
from server.models.joint_visits import JointVisit
from server.models.keys import RingKey
from server.models.kpis import KpiDay, KpiDirty, KpiSpan
from server.models.leases import LeaseKey
from server.models.notices import Notice, PushSubscription
from server.models.operations import Operation, OperationConflict
from server.models.orders import DeclinedLine, Order, OrderLine
from server.models.outlets import Asset, Contact, Outlet, OutletNote, OutletProposal, Promise
from server.models.people import Device, Freeze, Person, PersonRole, PersonTerritory, SignIn
from server.models.plans import Plan, PlanEdit, PlanLine, PlanVersion, StopChange
from server.models.requests import ChangeRequest
from server.models.retention import RetentionWatch
from server.models.reveals import Reveal, RevealRequest
from server.models.routes import Assignment, Route, Stop, Territory, Truck
from server.models.secrecy import FieldSecrecy
from server.models.session import Ceremony, Passkey, Recovery, SignInFailure, UsedProof
from server.models.tasks import Task
from server.models.visits import Photo, StockCount, Upload, Visit, VisitStep, WorkDay
from server.models.warnings import PersonWarning, WarningRun

__all__ = [
    "COMPANY_ID",
    "Absence",
    "AccessReview",
    "AccessReviewItem",
    "Agreement",
    "AgreementAcceptance",
    "Alert",
    "AlertRule",
    "Announcement",
    "AnnouncementReceipt",
    "Asset",
    "Assignment",
    "AuditContent",
    "AuditEntry",
    "AuditHead",
    "Base",
    "BorrowedCard",
    "Brand",
    "Case",
    "CaseEntry",
    "Ceremony",
    "ChangeRequest",
    "Company",
    "Contact",
    "Cover",
    "DeclinedLine",
    "Delivery",
    "DeliveryLine",
    "Departure",
    "DepartureCertificate",
    "DepartureCheck",
    "DepartureProperty",
    "DepartureProposal",
    "DepartureStore",
    "Device",
    "ExportRequest",
    "ExportSignature",
    "FieldSecrecy",
    "Freeze",
    "Holiday",
    "ImportBatch",
    "ImportRow",
    "Interaction",
    "Job",
    "JointVisit",
    "KpiDay",
    "KpiDirty",
    "KpiSpan",
    "LeaseKey",
    "MustSell",
    "Notice",
    "Operation",
    "OperationConflict",
    "Order",
    "OrderLine",
    "Outlet",
    "OutletNote",
    "OutletProposal",
    "OwnerCode",
    "Passkey",
    "Person",
    "PersonRole",
    "PersonTerritory",
    "PersonWarning",
    "Photo",
    "Plan",
    "PlanEdit",
    "PlanLine",
    "PlanVersion",
    "Price",
    "Promise",
    "PushSubscription",
    "Recovery",
    "RetentionWatch",
    "Reveal",
    "RevealRequest",
    "RingKey",
    "Route",
    "SignIn",
    "SignInFailure",
    "Sku",
    "StockCount",
    "Stop",
    "StopChange",
    "Task",
    "Territory",
    "TerritoryDay",
    "Truck",
    "Upload",
    "UsedProof",
    "Visit",
    "VisitStep",
    "WarningRun",
    "WorkDay",
]
