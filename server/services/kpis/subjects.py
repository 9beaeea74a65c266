"""Whom the figures speak of: names of routes, reps, territories, brands and classes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Brand, Person, Route, Territory


class Name(NamedTuple):
    """A code where there is one, and the name in both languages. All empty: none, as for a call on no route."""

    code: str
    name: str
    name_en: str


NOBODY = Name("", "", "")


def find_names(session: Session, group: str, keys: Collection[Any]) -> dict[Any, Name]:
    """The name of every key of a group."""
    if group == "class":
        return {key: Name(str(key), str(key), str(key)) for key in keys}
    ids = {int(key): key for key in keys}
    if group == "route":
        found = session.execute(select(Route.id, Route.code, Route.name, Route.name_en))
    elif group == "territory":
        found = session.execute(select(Territory.id, Territory.code, Territory.name, Territory.name_en))
    elif group == "brand":
        found = session.execute(select(Brand.id, Brand.position, Brand.name, Brand.name_en))
    else:
        found = session.execute(select(Person.id, Person.login, Person.name, Person.name_en))
    names = {ids[row[0]]: Name(_code(row[1]), row[2], row[3] or row[2]) for row in found if row[0] in ids}
    return {key: names.get(key, NOBODY) for key in keys}


def _code(code: object) -> str:
    # A brand's place, so that brands come in the order in which they are counted.
    return f"{code:03d}" if isinstance(code, int) else str(code)
