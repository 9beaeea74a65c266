"""The day book (manifest, cards, lease): what a person's phone may hold today, and nothing else."""

from server.services.daybook.leases import Lent, give_key
from server.services.daybook.manifest import borrow_card, build_manifest
from server.services.daybook.pages import Wanted, build_pages
from server.services.daybook.scope import Asking

__all__ = ["Asking", "Lent", "Wanted", "borrow_card", "build_manifest", "build_pages", "give_key"]
