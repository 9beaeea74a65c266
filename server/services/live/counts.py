"""A call's count beside the one before it at the same store, inside the database."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.services.live.today import T


def counted_lines(calls: sa.FromClause) -> sa.ScalarSelect[int]:
    """How many lines a call counted."""
    count = T["stock_count"]
    return sa.select(sa.func.count()).where(count.c.visit_id == calls.c.id).scalar_subquery()


def equal_lines(calls: sa.FromClause) -> sa.ScalarSelect[int]:
    """How many of a call's lines have the very figures, shelf and backroom, of the store's last count before it."""
    now, then = T["stock_count"].alias("now"), T["stock_count"].alias("then")
    same = sa.and_(
        then.c.visit_id == _last_counted(calls),
        then.c.sku_id == now.c.sku_id,
        then.c.shelf == now.c.shelf,
        then.c.backroom == now.c.backroom,
    )
    return (
        sa.select(sa.func.count())
        .select_from(now.join(then, same))
        .where(now.c.visit_id == calls.c.id)
        .correlate(calls)
        .scalar_subquery()
    )


def _last_counted(calls: sa.FromClause) -> sa.ScalarSelect[Any]:
    """The visit at which the store was counted last before a call; it has its index on outlet and instant."""
    before, count = T["visit"].alias("before"), T["stock_count"].alias("any_count")
    has_count = sa.exists().where(count.c.visit_id == before.c.id)
    return (
        sa.select(before.c.id)
        .where(
            before.c.outlet_id == calls.c.outlet_id,
            before.c.checked_in_at < calls.c.checked_in_at,
            has_count,
        )
        .order_by(before.c.checked_in_at.desc())
        .limit(1)
        .correlate(calls)
        .scalar_subquery()
    )
