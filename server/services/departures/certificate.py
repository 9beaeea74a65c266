"""The leaving certificate (离职交接单): what was handed over, signed by the leaver and for the company, kept as PDF."""

import hashlib
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from server.domain.closing import closing_list
from server.errors import Conflict, NotFound
from server.extensions import db
from server.models import Departure, DepartureCertificate, DepartureStore, Person
from server.services import audit
from server.services.company import get_company
from server.services.departures.closing import find_property, read_facts
from server.services.departures.opening import lock_case
from server.services.pdf import make_pdf
from server.services.people import get_person
from server.services.scopes import Within, check_person_within
from server.services.transaction import deed

# key -> (zh, en)
WORDS: Final = {
    "title": ("离职交接单", "Leaving certificate"),
    "kept": ("签字后留存，附 SHA-256", "Kept as signed, with its SHA-256"),
    "leaver": ("离职人", "Leaver"),
    "number": ("离职单号", "Case"),
    "opened": ("开始办理", "Opened"),
    "last_day": ("最后工作日", "Last working day"),
    "holds_from": ("门店移交起始", "Stores are others’ from"),
    "manager": ("公司经办人", "For the company"),
    "stores": ("门店交接", "Stores handed over"),
    "class": ("等级", "Class"),
    "count": ("门店数", "Stores"),
    "confirmed": ("店主已确认", "Confirmed by owner"),
    "open": ("未确认", "Not confirmed"),
    "property": ("公司财物", "Company property"),
    "thing": ("物品", "Thing"),
    "place": ("门店", "Outlet"),
    "state": ("情况", "State"),
    "back": ("已归还或在店确认", "Back, or seen in its place"),
    "unseen": ("未核对", "Not looked at"),
    "none": ("无", "None"),
    "list": ("办结事项", "Checklist"),
    "signatures": ("签字", "Signatures"),
    "duties": (
        "离职人知悉：保密义务在离职后继续有效，客户资料归公司所有。",
        "The leaver knows that the duty of confidence goes on after leaving and that customer files are the company’s.",
    ),
    "stores_confirmed": ("门店确认", "Stores confirmed"),
    "callbacks_done": ("回访", "Call-backs done"),
    "property_back": ("财物归还", "Property back"),
    "accounts_settled": ("账款结清", "Accounts settled"),
    "duties_acknowledged": ("离职后义务", "Duties after leaving"),
    "met": ("完成", "done"),
    "ticked": ("已确认", "ticked"),
    "waived": ("豁免", "waived"),
    "still_open": ("未完成", "open"),
}


def sign(
    *,
    departure_id: int,
    leaver_signature: str,
    company_signature: str,
    within: Within,
    now: datetime,
    by: int,
) -> None:
    """Sign the certificate as the case stands now: both languages are made and kept with their digests.
    Errors: NotFound; Conflict `departure_state`."""
    session = db.session()
    row = session.get(Departure, departure_id)
    if row is None:
        raise NotFound(subject=f"departure:{departure_id}")
    check_person_within(session, within, row.person_id, f"departure:{departure_id}")
    if row.state not in ("open", "planned"):
        raise Conflict("departure_state")
    paths = (leaver_signature, company_signature)
    # Before the transaction: no writer waits for the typesetter.
    chinese, english = (_pdf(session, row, language, paths, now, by) for language in (0, 1))
    _keep(departure_id, chinese, english, paths, within, now, by)


@deed
def _keep(
    session: Session, departure_id: int, chinese: bytes, english: bytes, paths: tuple[str, str],
    within: Within, now: datetime, by: int,
) -> None:  # fmt: skip
    row = lock_case(session, departure_id, within)
    if row.state not in ("open", "planned"):
        raise Conflict("departure_state")
    made = DepartureCertificate(
        departure_id=row.id, signed_at=now, signed_by=by, leaver_signature=paths[0], company_signature=paths[1],
        sha256_zh=hashlib.sha256(chinese).hexdigest(), sha256_en=hashlib.sha256(english).hexdigest(),
        pdf_zh=chinese, pdf_en=english,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, at=now, person_id=by, deed="departure.certify", subject=f"departure:{row.id}",
        detail={"person": row.person_id, "zh": made.sha256_zh, "en": made.sha256_en},
    )  # fmt: skip


@deed
def take(
    session: Session, *, departure_id: int, locale: str, within: Within, now: datetime, by: int
) -> bytes:
    """The newest certificate in a language, as it was kept; that it was read is written down. Errors: NotFound."""
    row = session.get(Departure, departure_id)
    if row is None:
        raise NotFound(subject=f"departure:{departure_id}")
    check_person_within(session, within, row.person_id, f"departure:{departure_id}")
    found = session.scalar(
        select(DepartureCertificate)
        .where(DepartureCertificate.departure_id == row.id)
        .order_by(DepartureCertificate.id.desc())
        .limit(1)
    )
    if found is None:
        raise NotFound(subject=f"departure:{departure_id}")
    content, digest = (found.pdf_en, found.sha256_en) if locale == "en" else (found.pdf_zh, found.sha256_zh)
    audit.record(
        session, at=now, person_id=by, deed="departure.certificate_read", subject=f"departure:{row.id}",
        detail={"person": row.person_id, "sha256": digest},
    )  # fmt: skip
    return content


def _pdf(
    session: Session, row: Departure, language: int, paths: tuple[str, str], now: datetime, by: int
) -> bytes:
    say = {key: pair[language] for key, pair in WORDS.items()}
    company = get_company(session)
    zone = ZoneInfo(company.timezone)
    leaver, manager = get_person(session, row.person_id), get_person(session, by)

    def name(person: Person) -> str:
        return (person.name_en or person.name) if language else person.name

    def local(at: datetime | None) -> str:
        return at.astimezone(zone).strftime("%Y-%m-%d %H:%M") if at else "—"

    facts = [
        (say["leaver"], f"{name(leaver)} ({leaver.login})"), (say["number"], str(row.id)),
        (say["opened"], local(row.opened_at)), (say["last_day"], row.last_day.isoformat()),
        (say["holds_from"], local(row.holds_from)), (say["manager"], f"{name(manager)} ({manager.login})"),
    ]  # fmt: skip
    items = [one for one in closing_list(read_facts(session, row)) if one.item != "certificate_signed"]
    return make_pdf(
        "certificate",
        {
            "lang": ("zh", "en")[language],
            "company": (company.name_en or company.name) if language else company.name,
            "say": say,
            "at": f"{local(now)} {company.timezone}",
            "facts": facts,
            "stores": _stores(session, row.id),
            "property": _things(session, row, say),
            "items": [
                [say[one.item], say["still_open" if one.state == "open" else one.state]] for one in items
            ],
            "signatures": [
                [name(leaver), say["leaver"], paths[0]],
                [name(manager), say["manager"], paths[1]],
            ],
        },
        at=now,
    )


def _stores(session: Session, departure_id: int) -> list[list[str]]:
    """Class, stores, confirmed, others: no outlet is named, so that everybody who reads cases may read it."""
    confirmed = func.sum(case((DepartureStore.state == "confirmed", 1), else_=0))
    rows = session.execute(
        select(DepartureStore.outlet_class, func.count(), confirmed)
        .where(DepartureStore.departure_id == departure_id)
        .group_by(DepartureStore.outlet_class)
        .order_by(DepartureStore.outlet_class)
    )
    return [[letter, str(count), str(done or 0), str(count - (done or 0))] for letter, count, done in rows]


def _things(session: Session, row: Departure, say: dict[str, str]) -> list[list[str]]:
    return [
        [
            one.label or one.kind,
            say["unseen"] if one.is_back is None else (one.words or say["back"]),
        ]
        for one in find_property(session, row, classes=None)
    ]
