"""The pages that a phone asks for after it has read the manifest."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.services import agreements
from server.services.company import get_company
from server.services.daybook.cards import build_cards
from server.services.daybook.catalogue import build_catalogue
from server.services.daybook.load import build_load
from server.services.daybook.manifest import catalogue_version
from server.services.daybook.scope import Asking, find_device, find_scope, unlock_of


@dataclass(frozen=True)
class Wanted:
    """Which pages are asked for."""

    cards: Collection[int] = ()
    catalogue: bool = False
    index: bool = False
    load: bool = False


def build_pages(session: Session, asking: Asking, wanted: Wanted, now: datetime) -> dict[str, object]:
    """The pages asked for, and nothing that is not in the person's manifest at this moment."""
    agreements.require_accepted(session, asking.person_id)
    company = get_company(session)
    scope = find_scope(session, company, asking.person_id, now, unlock_of(find_device(session, asking)))
    pages: dict[str, object] = {}
    if wanted.cards:
        pages["cards"] = build_cards(session, scope, wanted.cards, now)
    if wanted.catalogue:
        version = catalogue_version(session, company, scope.day)
        pages["catalogue"] = build_catalogue(session, company, scope.day, version)
    if wanted.index:
        pages["index"] = scope.index
    if wanted.load:
        pages["load"] = build_load(session, scope)
    return pages
