"""The catalogue page: what is sold, in the order of counting, at today's prices."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from server.domain.deliveries import SHORT_REASONS
from server.domain.orders import CHANGE_REASONS, MAX_LINES
from server.domain.quantities import MAX_PIECES
from server.domain.visits import (
    COPIED_PERCENT,
    DEFAULT_TEMPLATE_JSON,
    FAR_M,
    JUMP_PACKS,
    JUMP_PERCENT,
    POOR_ACCURACY_M,
    SHORT_VISIT_S,
)
from server.models import Brand, Company, MustSell, Price, Sku

ROWS_LIMIT: Final = 100_000
STANDARD: Final = "standard"
LIMITS: Final[Mapping[str, object]] = {
    "pieces": MAX_PIECES,
    "order_lines": MAX_LINES,
    "change_reasons": CHANGE_REASONS,
    "short_reasons": SHORT_REASONS,
    "jump_packs": JUMP_PACKS,
    "jump_percent": JUMP_PERCENT,
    "far_m": FAR_M,
    "poor_accuracy_m": POOR_ACCURACY_M,
    "short_visit_s": SHORT_VISIT_S,
    "copied_percent": COPIED_PERCENT,
}


def build_catalogue(session: Session, company: Company, day: date, version: int) -> dict[str, object]:
    """The catalogue as it goes over the wire."""
    skus = session.execute(
        select(Sku.id, Sku.code, Sku.name, Sku.name_en, Sku.brand_id, Sku.pack, Sku.volume_ml, Sku.new_until)
        .join(Brand, Brand.id == Sku.brand_id)
        .where(Sku.active)
        .order_by(Brand.position, Sku.position, Sku.id)
        .limit(ROWS_LIMIT)
    ).all()
    order = [row.id for row in skus]
    brands = session.execute(
        select(Brand.id, Brand.name, Brand.name_en)
        .where(Brand.id.in_({row.brand_id for row in skus}))
        .order_by(Brand.position, Brand.id)
    )
    return {
        "version": version,
        "suggestion_factor": company.suggestion_factor,
        "brands": [list(row) for row in brands],
        "skus": [[*row[:-1], row.new_until and row.new_until.isoformat()] for row in skus],
        "prices": _prices(session, order, day),
        "must_sell": _must_sell(session, order),
        "template": dict(DEFAULT_TEMPLATE_JSON),
        "limits": dict(LIMITS),
    }


def _prices(session: Session, order: list[int], day: date) -> dict[str, list[list[int]]]:
    """The price in force on the day, by list; a SKU that a chain's list leaves out has its standard price there."""
    newest = func.row_number().over(
        partition_by=(Price.price_list, Price.sku_id), order_by=(Price.valid_from.desc(), Price.id.desc())
    )
    numbered = (
        select(Price.price_list, Price.sku_id, Price.piece_minor, newest.label("n"))
        .where(Price.valid_from <= day)
        .subquery()
    )
    rows = select(numbered.c.price_list, numbered.c.sku_id, numbered.c.piece_minor).where(numbered.c.n == 1)
    lists: dict[str, dict[int, int]] = {STANDARD: {}}
    for price_list, sku_id, minor in session.execute(rows.order_by(numbered.c.price_list).limit(ROWS_LIMIT)):
        lists.setdefault(price_list, {})[sku_id] = minor
    found = {name: {**lists[STANDARD], **by_sku} for name, by_sku in lists.items()}
    return {
        name: [[sku_id, by_sku[sku_id]] for sku_id in order if sku_id in by_sku]
        for name, by_sku in found.items()
    }


def _must_sell(session: Session, order: list[int]) -> dict[str, list[int]]:
    rows = session.execute(select(MustSell.outlet_class, MustSell.sku_id).limit(ROWS_LIMIT))
    wanted: dict[str, set[int]] = {}
    for outlet_class, sku_id in rows:
        wanted.setdefault(outlet_class, set()).add(sku_id)
    return {
        outlet_class: [sku_id for sku_id in order if sku_id in wanted[outlet_class]]
        for outlet_class in sorted(wanted)
    }
