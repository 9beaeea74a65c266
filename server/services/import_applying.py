"""From confirmed rows to outlets, contacts and notes, or to brands, SKUs, prices and must-sell lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Table, func, insert, select
from sqlalchemy.orm import Session

from server.domain.names import skeleton
from server.models import Brand, Contact, MustSell, Outlet, OutletNote, Price, Sku
from server.services.import_rows import StagedRow

STANDARD_PRICES = "standard"
Columns = dict[str, object]


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


def _insert(session: Session, table: type, rows: Sequence[Columns]) -> None:
    """Many rows in one statement, past the unit of work: a hundred thousand outlets take seconds, not
    minutes."""
    if rows:
        made: Table = table.__table__  # type: ignore[attr-defined]
        session.connection().execute(insert(made), list(rows))


def add_outlets(session: Session, source: Source, rows: Sequence[StagedRow]) -> None:
    """Write a chunk of outlets with their contacts and notes. Inside a deed."""
    columns = [_outlet(source, row) for row in rows]
    _insert(session, Outlet, columns)
    codes = [str(one["code"]) for one in columns]
    ids: dict[str, int] = {}
    for start in range(0, len(codes), 500):
        query = select(Outlet.code, Outlet.id).where(Outlet.code.in_(codes[start : start + 500]))
        ids.update(session.execute(query).tuples().all())
    contacts: list[Columns] = []
    notes: list[Columns] = []
    for row, code in zip(rows, codes, strict=True):
        contact = _contact(ids[code], row.values)
        note = text_of(row.values, "note")
        if note and source.person_id is not None:
            notes.append(
                {"outlet_id": ids[code], "person_id": source.person_id, "noted_at": source.now, "text": note}
            )
        elif note:
            # Nobody is known to have written it, so it goes with the people of the outlet.
            contact = contact or _nobody(ids[code])
            contact["notes"] = note
        if contact:
            contacts.append(contact)
    _insert(session, Contact, contacts)
    _insert(session, OutletNote, notes)


def _outlet(source: Source, row: StagedRow) -> Columns:
    values = row.values
    return {
        "code": text_of(values, "code") or made_code(source.import_id, row.row),
        "name": values["name"],
        "name_en": text_of(values, "name_en"),
        "name_skeleton": text_of(values, "name_skeleton"),
        "chain": text_of(values, "chain"),
        "outlet_class": values.get("outlet_class", "C"),
        "channel": text_of(values, "channel"),
        "address": text_of(values, "address"),
        "latitude": values.get("latitude"),
        "longitude": values.get("longitude"),
        "position_source": values.get("position_source", "import"),
        "hours": values.get("hours", []),
        "status": "active",
        "territory_id": source.territory_id,
        "card_version": 1,
        "created_at": source.now,
        "import_id": source.import_id,
    }


def _nobody(outlet_id: int) -> Columns:
    return {
        "outlet_id": outlet_id,
        "name": "",
        "role": "owner",
        "phone": "",
        "phone_e164": "",
        "preferences": "",
        "notes": "",
        "position": 0,
    }


def _contact(outlet_id: int, values: Mapping[str, object]) -> Columns | None:
    if "contact_name" not in values and "contact_phone" not in values:
        return None
    return {
        **_nobody(outlet_id),
        "name": text_of(values, "contact_name"),
        "phone": text_of(values, "contact_phone"),
        "phone_e164": text_of(values, "contact_phone_e164"),
    }


def add_skus(session: Session, source: Source, rows: Sequence[StagedRow]) -> None:
    """Write a chunk of SKUs, new brands among them, with prices from today on. Inside a deed."""
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
