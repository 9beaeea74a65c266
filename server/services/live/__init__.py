"""The day live: routes, exceptions, calls made and a rep's day, each read with one query."""

from server.services.live.calls import find_calls
from server.services.live.exceptions import find_exceptions
from server.services.live.routes import find_routes
from server.services.live.timeline import get_timeline
from server.services.live.today import Board, find_version, open_board

__all__ = [
    "Board",
    "find_calls",
    "find_exceptions",
    "find_routes",
    "find_version",
    "get_timeline",
    "open_board",
]
