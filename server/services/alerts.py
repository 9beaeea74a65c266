"""Alerts: raised inside any deed, kept to one for each thing until a person has resolved it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import case
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from server.models import Base

SEVERITIES: Final = ("notice", "warning", "alarm")


def raise_alert(
    session: Session,
    *,
    kind: str,
    subject: str,
    at: datetime,
    detail: Mapping[str, object] | None = None,
    severity: str = "warning",
) -> int:
    """Tell the office of something, inside a deed; returns the alert's id.

    One that is not resolved yet counts up instead of coming twice; acknowledged, it opens again only when it has become
    more severe. `detail` holds ids, codes and counts, never personal content.
    """
    if severity not in SEVERITIES:
        raise ValueError(f"unknown severity {severity}")
    session.flush()
    connection = session.connection()
    insert = _INSERTS[connection.dialect.name](_ALERT)
    fresh = insert.excluded
    worse = _rank(fresh.severity) > _rank(_ALERT.c.severity)
    statement = insert.on_conflict_do_update(
        index_elements=[_ALERT.c.open_key],
        set_={
            "last_at": fresh.last_at,
            "count": _ALERT.c.count + 1,
            "detail": fresh.detail,
            "severity": case((worse, fresh.severity), else_=_ALERT.c.severity),
            "status": case((worse, "open"), else_=_ALERT.c.status),
        },
    ).returning(_ALERT.c.id)
    return int(
        connection.execute(
            statement,
            {
                "kind": kind,
                "subject": subject,
                "severity": severity,
                "detail": dict(detail or {}),
                "first_at": at,
                "last_at": at,
                "count": 1,
                "status": "open",
                "open_key": f"{kind} {subject}",
                "note": "",
            },
        ).scalar_one()
    )


def _rank(severity: object) -> object:
    return case({name: rank for rank, name in enumerate(SEVERITIES)}, value=severity, else_=0)  # type: ignore[call-overload]


_ALERT = Base.metadata.tables["alert"]
_INSERTS: Final = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
