"""From confirmed rows to outlets, contacts and notes, or to brands, SKUs, prices and must-sell lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Integer,
    String,
    and_,
    case,
    cast,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Session

from server.domain.names import skeleton
from server.models import Base, Brand, ImportRow, MustSell, Outlet, Price, Sku
from server.models.base import UtcDateTime
from server.services.prepared import prepared_insert

STANDARD_PRICES = "standard"
PEOPLE_AT_ONCE = 2_000
_ADD_CONTACTS = prepared_insert(Base.metadata.tables["contact"])
_ADD_NOTES = prepared_insert(Base.metadata.tables["outlet_note"])


@dataclass(frozen=True)
class Source:
    """Where rows come from: the import, who confirmed it and when, and the territory they go to."""

    import_id: int
    person_id: int | None
    territory_id: int | None
    now: datetime
    today: date


def made_code(import_id: int, row: int) -> str:
    """Code of an outlet or SKU whose list has none: unique, and the same however often it is made."""
    return f"RB{import_id}-{row}"


def text_of(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value)


def add_outlets(session: Session, source: Source, which: ColumnElement[bool]) -> None:
    """Write the staged rows that `which` names as outlets with their contacts and notes. Inside a deed.

    The database copies the outlets from table to table: a hundred thousand rows need not come to Python and go back.
    What is about people has to, because it is sealed there and sealed anew here, each field for itself.
    """
    rows = select(ImportRow).where(ImportRow.import_id == source.import_id, which)
    outlet = _outlet_columns(source)
    ordered = rows.with_only_columns(*outlet.values()).order_by(ImportRow.row)
    session.execute(insert(Outlet).from_select(list(outlet), ordered, include_defaults=False))
    _tell_planner(session)
    joined = (
        rows.join(Outlet, and_(Outlet.import_id == source.import_id, Outlet.code == outlet["code"]))
        .where(ImportRow.personal.is_not(None))
        .with_only_columns(Outlet.id, ImportRow.personal)
        .order_by(ImportRow.row)
    )
    found = session.execute(joined.execution_options(yield_per=PEOPLE_AT_ONCE))
    for some in found.partitions():
        _add_people(session, source, [(row.id, row.personal or {}) for row in some])


def _add_people(session: Session, source: Source, rows: Sequence[tuple[int, Mapping[str, object]]]) -> None:
    """The contact and the note of each outlet."""
    contacts, notes = [], []
    for outlet_id, personal in rows:
        name, phone = text_of(personal, "contact_name")[:100], text_of(personal, "contact_phone")[:64]
        e164, note = text_of(personal, "contact_phone_e164")[:20], text_of(personal, "note")[:2000]
        # Where nobody is known to have written a note, it goes with the people of the outlet.
        unsigned = note if source.person_id is None else ""
        if name or phone or unsigned:
            contacts.append(
                {
                    "outlet_id": outlet_id,
                    "name": name,
                    "role": "owner",
                    "phone": phone,
                    "phone_e164": e164,
                    "phone_index": e164,
                    "preferences": "",
                    "notes": unsigned,
                    "position": 0,
                }
            )
        if note and source.person_id is not None:
            signed = {"outlet_id": outlet_id, "person_id": source.person_id, "noted_at": source.now}
            notes.append({**signed, "text": note})
    connection = session.connection()
    _ADD_CONTACTS.write_many(connection, contacts)
    _ADD_NOTES.write_many(connection, notes)


def _tell_planner(session: Session) -> None:
    """Let PostgreSQL count the tables anew: it still takes them for empty and would join them row by row."""
    if session.connection().dialect.name == "postgresql":
        session.execute(text(f"ANALYZE {ImportRow.__tablename__}, {Outlet.__tablename__}"))


def _text(name: str, most: int, otherwise: str = "") -> ColumnElement[str]:
    """A text among a row's values, `otherwise` where it has none."""
    found = func.coalesce(ImportRow.values[name].as_string(), otherwise)
    return cast(found, String(most))


def _outlet_columns(source: Source) -> dict[str, ColumnElement[Any]]:
    """Column of an outlet -> where it comes from."""
    made = literal(f"RB{source.import_id}-").concat(cast(ImportRow.row, String(20)))
    return {
        "code": func.coalesce(ImportRow.values["code"].as_string(), made),
        "name": _text("name", 200),
        "name_en": _text("name_en", 200),
        "name_skeleton": _text("name_skeleton", 200),
        "chain": _text("chain", 100),
        "outlet_class": _text("outlet_class", 1, "C"),
        "channel": _text("channel", 40),
        "address": _text("address", 300),
        "latitude": ImportRow.values["latitude"].as_float(),
        "longitude": ImportRow.values["longitude"].as_float(),
        "position_source": _text("position_source", 16, "import"),
        "hours": case(
            # SQLite makes of a missing member the JSON value null, which no coalesce sees.
            (ImportRow.values["hours"].as_string().is_(None), literal([], JSON())),
            else_=ImportRow.values["hours"].as_json(),
        ),
        "visits_per_4_weeks": ImportRow.values["frequency"].as_integer(),
        "service_minutes": ImportRow.values["minutes"].as_integer(),
        "status": literal("active"),
        "territory_id": literal(source.territory_id, Integer()),
        "card_version": literal(1),
        "created_at": literal(source.now, UtcDateTime()),
        "import_id": literal(source.import_id),
    }


def add_skus(session: Session, source: Source, which: ColumnElement[bool]) -> None:
    """Write the staged rows that `which` names as SKUs, new brands among them, with prices from today on.

    One by one: a company has some hundred. Inside a deed.
    """
    query = select(ImportRow.row, ImportRow.values).where(ImportRow.import_id == source.import_id, which)
    rows = session.execute(query.order_by(ImportRow.row)).all()
    brands = _brands(session, [text_of(row.values, "brand") for row in rows])
    next_position = (session.execute(select(func.max(Sku.position))).scalar_one() or 0) + 1
    for row in rows:
        values = row.values
        position = values.get("position")
        sku = Sku(
            code=text_of(values, "code")
            or text_of(values, "barcode")
            or made_code(source.import_id, row.row),
            barcode=text_of(values, "barcode"),
            name=text_of(values, "name"),
            name_en=text_of(values, "name_en"),
            brand_id=brands[skeleton(text_of(values, "brand"))],
            position=position if isinstance(position, int) else next_position,
            volume_ml=values.get("volume_ml"),
            pack=values["pack"],
            import_id=source.import_id,
        )
        next_position += 1
        session.add(sku)
        session.flush()
        price = values.get("price_minor")
        if isinstance(price, int):
            session.add(
                Price(sku_id=sku.id, price_list=STANDARD_PRICES, valid_from=source.today, piece_minor=price)
            )
        classes = values.get("must_sell")
        for outlet_class in classes if isinstance(classes, list) else []:
            session.add(MustSell(outlet_class=outlet_class, sku_id=sku.id))
    session.flush()


def _brands(session: Session, names: Sequence[str]) -> dict[str, int]:
    """Ids of brands by their names' skeletons; unknown ones are made, after the others in the count's
    order."""
    known = {skeleton(brand.name): brand.id for brand in session.execute(select(Brand)).scalars()}
    position = session.execute(select(func.max(Brand.position))).scalar_one() or 0
    for name in names:
        looks = skeleton(name)
        if looks not in known:
            position += 1
            brand = Brand(name=name, position=position)
            session.add(brand)
            session.flush()
            known[looks] = brand.id
    return known
