"""Founds the demo company: everything generated from a seed and a day, written in one transaction.

The same seed on any day of one week gives the same company, with a history up to the evening before.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import JSON, Column, Dialect, Table, TypeDecorator, func, insert, select, text
from sqlalchemy.orm import Session
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from server.domain.journey_plan import business_date, zone
from server.errors import Conflict
from server.models import (
    Asset,
    Assignment,
    Base,
    Brand,
    Company,
    Contact,
    DeclinedLine,
    Delivery,
    DeliveryLine,
    Device,
    Holiday,
    MustSell,
    Order,
    OrderLine,
    Outlet,
    OutletNote,
    Person,
    PersonRole,
    Price,
    Promise,
    Route,
    Sku,
    StockCount,
    Stop,
    Territory,
    Truck,
    Visit,
    VisitStep,
    WorkDay,
)
from server.services import audit
from server.services.company import find_company, found_company
from server.services.demo import words
from server.services.demo.agreement import publish_and_accept
from server.services.demo.catalogue import Catalogue, build_catalogue
from server.services.demo.district import Shop, build_shops
from server.services.demo.history import World, simulate
from server.services.demo.rows import (
    Calendar,
    FieldRows,
    asset_rows,
    contact_rows,
    outlet_rows,
    stop_rows,
)
from server.services.demo.staff import (
    Member,
    Row,
    Staff,
    assignment_rows,
    build_staff,
    person_rows,
    role_rows,
)
from server.services.passwords import hash_password
from server.services.transaction import deed

SEED: Final = "eastshore-1"
PASSWORD: Final = "routebook-demo"  # noqa: S105 - printed at every start; the demo company has no secrets
TIMEZONE: Final = "Asia/Hong_Kong"
TRUCK_WEEKDAYS: Final = (0, 1, 2, 3, 4, 5)
HOLIDAYS: Final = (
    (1, 1, "元旦", "New Year's Day"),
    (5, 1, "劳动节", "Labour Day"),
    (10, 1, "国庆日", "National Day"),
    (12, 25, "圣诞节", "Christmas Day"),
    (12, 26, "节礼日", "Boxing Day"),
)


@dataclass(frozen=True)
class DemoSize:
    """How large a demo company to found. `routes` 1 to 6, one rep each; `weeks` of history before this week."""

    routes: int = 6
    outlets_per_route: int = 40
    weeks: int = 12

    def __post_init__(self) -> None:
        if not (1 <= self.routes <= 6 and 10 <= self.outlets_per_route <= 65 and 0 <= self.weeks <= 52):
            raise ValueError(f"a demo company cannot be of the size {self}")


FULL_SIZE: Final = DemoSize()


class DemoSignIn(NamedTuple):
    """Who can sign in to the demo company, and with what."""

    login: str
    password: str
    words: str


@deed
def create_demo(
    session: Session, *, now: datetime, seed: str = SEED, size: DemoSize = FULL_SIZE
) -> list[DemoSignIn]:
    """Found the demo company in an empty database. Returns who can sign in. Errors: Conflict where a company is."""
    if find_company(session) is not None:
        raise Conflict("company_exists")
    if session.connection().dialect.name == "postgresql":
        # A hundred and fifty thousand rows in one go may take a busy machine longer than a statement of the day may.
        session.execute(text("SET LOCAL statement_timeout = '10min'"))
    today = business_date(now, TIMEZONE)
    monday = today - timedelta(days=today.weekday())
    calendar = Calendar(zone(TIMEZONE), monday - timedelta(weeks=size.weeks), monday, today)
    company = found_company(
        name=words.COMPANY.zh,
        name_en=words.COMPANY.en,
        timezone=TIMEZONE,
        currency="HKD",
        now=now,
        demo=f"{seed}@{monday}",
    )
    staff, catalogue = build_staff(size.routes), build_catalogue(monday)
    shops = build_shops(seed, size.routes, size.outlets_per_route, calendar.first_day)
    _write_plan(session, calendar, staff, catalogue)
    calls = simulate(shops, _world(seed, calendar, company, catalogue))
    history = FieldRows(seed, calendar, staff, catalogue.prices)
    history.add(calls)
    _write_shops(session, seed, calendar, shops, Counter(call.shop.id for call in calls))
    write_history(session, history)
    _continue_sequences(session)
    manager = next(member for member in staff.members if member.role == "manager")
    publish_and_accept(staff.members, manager_id=manager.id, now=now)
    audit.record(
        session,
        at=now,
        person_id=None,
        deed="demo.create",
        subject="company:1",
        detail={"outlets": len(shops), "visits": len(history.visits), "orders": len(history.orders)},
    )
    return _sign_ins(staff.members)


def find_demo_sign_ins(session: Session) -> list[DemoSignIn]:
    """Who can sign in to a demo company founded earlier; [] for a real company.

    Only those who still have the demo's password: they share one hash, whereas every password chosen later has
    a salt of its own.
    """
    company = find_company(session)
    if company is None or not company.demo:
        return []
    routes = session.scalar(select(func.count()).select_from(Route)) or 0
    shared = select(Person.password_hash).group_by(Person.password_hash).having(func.count() > 1)
    query = select(Person.login).where(Person.status == "active", Person.password_hash.in_(shared)).limit(100)
    logins = set(session.scalars(query))
    return _sign_ins(member for member in build_staff(min(routes, 6)).members if member.login in logins)


def _sign_ins(members: Iterable[Member]) -> list[DemoSignIn]:
    return [
        DemoSignIn(member.login, PASSWORD, f"{member.name.zh} {member.name.en}, {member.words}")
        for member in members
        if member.status == "active"
    ]


def _world(seed: str, calendar: Calendar, company: Company, catalogue: Catalogue) -> World:
    return World(
        seed=seed,
        first_day=calendar.first_day,
        today=calendar.today,
        cycle_anchor=company.cycle_anchor,
        holidays=frozenset(day for day, _zh, _en in _holidays(calendar.monday)),
        truck_weekdays=TRUCK_WEEKDAYS,
        goods=catalogue.goods,
        prices=catalogue.prices,
        must_sell=catalogue.must_sell,
    )


def _holidays(monday: date) -> list[tuple[date, str, str]]:
    return [
        (date(year, month, day), zh, en)
        for year in range(monday.year - 1, monday.year + 3)
        for month, day, zh, en in HOLIDAYS
    ]


def _write(session: Session, model: type[Base], rows: Iterable[Row]) -> None:
    """Plain bulk inserts: no object is made for a row. All rows have the same keys."""
    listed = list(rows)
    if not listed:
        return
    table = model.metadata.tables[model.__tablename__]
    if session.get_bind().dialect.name == "postgresql":
        _copy(session, table, listed)
    else:
        session.execute(insert(table), listed)


def _copy(session: Session, table: Table, rows: list[Row]) -> None:
    """PostgreSQL's own bulk load, several times faster than inserts; it knows nothing of our columns' defaults."""
    columns = [
        column
        for column in table.columns
        if column.name in rows[0] or column.default is not None or not (column.primary_key or column.nullable)
    ]
    defaults = {column.name: _default(column) for column in columns if column.name not in rows[0]}
    names = ", ".join(f'"{column.name}"' for column in columns)
    dialect = session.connection().dialect
    cursor = session.connection().connection.cursor()
    with cursor.copy(f'COPY "{table.name}" ({names}) FROM STDIN') as load:
        for row in rows:
            whole = {**defaults, **row}
            load.write_row([_as_copied(column, whole[column.name], dialect) for column in columns])


def _default(column: Column[object]) -> object:
    default = column.default
    if not isinstance(default, ScalarElementColumnDefault | CallableColumnDefault):
        raise TypeError(f"{column} has neither a value nor a default")
    if isinstance(default, CallableColumnDefault):
        return default.arg(None)  # type: ignore[arg-type] # ours (`list`) look at no context
    return default.arg


def _as_copied(column: Column[object], value: object, dialect: Dialect) -> object:
    """A value as the column wants it: COPY asks no column type, and sealed ones must not be gone round."""
    if isinstance(column.type, TypeDecorator):
        return column.type.process_bind_param(value, dialect)
    return json.dumps(value) if isinstance(column.type, JSON) and value is not None else value


def _continue_sequences(session: Session) -> None:
    """PostgreSQL counts ids apart from the rows; the next one must come after those written here."""
    if session.get_bind().dialect.name != "postgresql":
        return
    for table in (Territory, Truck, Route, Person, Brand, Sku, Outlet):
        name, newest = table.__tablename__, select(func.max(table.id)).scalar_subquery()
        session.execute(select(func.setval(func.pg_get_serial_sequence(name, "id"), newest)))


def _write_plan(session: Session, calendar: Calendar, staff: Staff, catalogue: Catalogue) -> None:
    founded = calendar.monday - timedelta(days=400)
    created = calendar.at(founded)
    _write(
        session,
        Holiday,
        ({"day": day, "name": zh, "name_en": en} for day, zh, en in _holidays(calendar.monday)),
    )
    _write(
        session,
        Territory,
        [
            {"id": n, "code": f"T{n}", "name": name.zh, "name_en": name.en, "timezone": TIMEZONE}
            for n, name in enumerate((words.DISTRICT, words.OTHER_DISTRICT), start=1)
        ],
    )
    _write(
        session,
        Truck,
        [
            {"id": n + 1, "plate": f"EB {n + 1:03d}", "capacity_cases": 320 + 40 * (n % 2)}
            for n in range(len(staff.drivers))
        ],
    )
    _write(
        session,
        Route,
        [
            {
                "id": n + 1,
                "code": f"R{n + 1}",
                "name": words.AREAS[n].name.zh,
                "name_en": words.AREAS[n].name.en,
                "territory_id": 1,
                "truck_weekdays": list(TRUCK_WEEKDAYS),
            }
            for n in range(len(staff.reps))
        ],
    )
    _write(session, Person, person_rows(staff, hash_password(PASSWORD), created))
    _write(session, PersonRole, role_rows(staff, founded, calendar.monday))
    _write(session, Assignment, assignment_rows(staff, created, calendar.at(calendar.monday)))
    _write(session, Brand, catalogue.brands)
    _write(session, Sku, catalogue.skus)
    _write(session, Price, catalogue.price_rows())
    _write(session, MustSell, catalogue.must_sell_rows())


def _write_shops(
    session: Session, seed: str, calendar: Calendar, shops: list[Shop], visits: Counter[int]
) -> None:
    _write(session, Outlet, outlet_rows(shops, calendar.at(calendar.first_day - timedelta(days=90)), visits))
    _write(session, Contact, contact_rows(seed, shops))
    _write(session, Stop, stop_rows(shops))
    _write(session, Asset, asset_rows(seed, shops, calendar.monday))


def write_history(session: Session, history: FieldRows) -> None:
    """Insert a history's rows, in the order in which the tables need each other."""
    for table, rows in (
        (Device, history.device_rows()),
        (WorkDay, history.work_days),
        (Visit, history.visits),
        (VisitStep, history.steps),
        (StockCount, history.counts),
        (Order, history.orders),
        (OrderLine, history.order_lines),
        (DeclinedLine, history.declined),
        (Delivery, history.deliveries),
        (DeliveryLine, history.delivery_lines),
        (OutletNote, history.notes),
        (Promise, history.promises),
    ):
        _write(session, table, rows)
