"""The board: a version's lines and prices in memory, so that an edit asks no database what it costs.

Only the routes that an edit touches are priced again. What the lines were before is kept beside each edit, so that it
can be undone at once.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from server.domain.errors import DomainError
from server.domain.plans import Edit, Line, RouteFigures, moved, numbered, total
from server.services.plans.facts import Facts
from server.services.plans.pricing import Breach, PricedRoute, cheapest_place, price

# Boards kept at once: 2,000 stores on 50 routes take about 10 MB.
KEPT: Final = 8


@dataclass(frozen=True)
class Before:
    """How it was before an edit."""

    edit: Edit
    routes: Mapping[int, tuple[Line, ...]]
    locked: frozenset[int]


@dataclass(frozen=True)
class Outcome:
    """What an edit did: the routes that it touched, and the territory's minutes on the road before and after."""

    touched: tuple[int, ...]
    travel_before: float
    travel_after: float


class Board:
    """One version on the board. Not to be used by two threads at once: the keeper lends it out."""

    def __init__(self, facts: Facts, lines: Iterable[Line], locked: Iterable[int]) -> None:
        self.facts = facts
        self.revision = -1
        self.locked = frozenset(locked)
        self.lines: dict[int, tuple[Line, ...]] = {}
        self.priced: dict[int, PricedRoute] = {}
        # Outlet → its visits without their order, today and on the board; kept, so that an edit compares few stores.
        self._rhythms_today = _rhythms(facts.today)
        self._rhythms: dict[int, set[Rhythm]] = {}
        self._moved_stores = set(self._rhythms_today)
        self.done: list[Before] = []
        self.undone: list[Edit] = []
        for route_id, own in _by_route(facts, lines).items():
            self._set_lines(route_id, own)
        today = _by_route(facts, facts.today)
        self.today_figures = {
            route_id: self.priced[route_id].figures
            if today[route_id] == self.lines[route_id]
            else price(route_id, today[route_id], facts.outlets, facts.terms).figures
            for route_id in facts.routes
        }

    # --- questions ---

    def all_lines(self) -> list[Line]:
        return [line for route_id in self.facts.routes for line in self.priced[route_id].lines]

    def figures(self) -> dict[int, RouteFigures]:
        return {route_id: self.priced[route_id].figures for route_id in self.facts.routes}

    def totals(self) -> dict[str, float]:
        return total(self.figures())

    def today_totals(self) -> dict[str, float]:
        return total(self.today_figures)

    def breaches(self, route_ids: Iterable[int] | None = None) -> list[Breach]:
        chosen = self.facts.routes if route_ids is None else route_ids
        return [breach for route_id in chosen for breach in self.priced[route_id].breaches]

    def moves(self) -> list[int]:
        """Stores whose route or days differ from today's."""
        return sorted(self._moved_stores)

    def unplanned(self) -> list[int]:
        """Stores of the territory on no route."""
        return [outlet_id for outlet_id in self.facts.outlets if outlet_id not in self._rhythms]

    # --- deeds ---

    def apply(self, edit: Edit) -> Outcome:
        """Do an edit and price what it touches. Errors: DomainError, and the board is as it was."""
        return self._do(edit, self._moved if edit.kind == "move" else self._marked)

    def undo(self) -> Outcome:
        if not self.done:
            raise DomainError("edits", "at_least", least=1)
        before = self.done.pop()
        travel = self.totals()["travel"]
        self.locked = before.locked
        for route_id, lines in before.routes.items():
            self._set_lines(route_id, lines)
        self.undone.append(before.edit)
        return Outcome(tuple(before.routes), travel, self.totals()["travel"])

    def skip(self, edit: Edit) -> None:
        """An edit that can no longer be done (its store has closed): it counts, and does nothing."""
        self.done.append(Before(edit, {}, self.locked))

    def redo(self) -> Outcome:
        if not self.undone:
            raise DomainError("edits", "at_least", least=1)
        rest = self.undone[:-1]
        outcome = self.apply(self.undone[-1])
        self.undone = rest
        return outcome

    def _do(self, edit: Edit, how: Callable[[Edit], dict[int, tuple[Line, ...]]]) -> Outcome:
        locked, travel = self.locked, self.totals()["travel"]
        unknown = [outlet_id for outlet_id in edit.outlet_ids if outlet_id not in self.facts.outlets]
        if unknown:
            raise DomainError("outlet_ids", "one_of", allowed="the territory's")
        changed = how(edit)
        before = {route_id: self.lines[route_id] for route_id in changed}
        for route_id, lines in changed.items():
            self._set_lines(route_id, lines)
        self.done.append(Before(edit, before, locked))
        self.undone = []
        return Outcome(tuple(changed), travel, self.totals()["travel"])

    def _marked(self, edit: Edit) -> dict[int, tuple[Line, ...]]:
        chosen = frozenset(edit.outlet_ids)
        self.locked = self.locked | chosen if edit.kind == "lock" else self.locked - chosen
        return {}

    def _moved(self, edit: Edit) -> dict[int, tuple[Line, ...]]:
        if edit.route_id is not None and edit.route_id not in self.facts.routes:
            raise DomainError("route_id", "one_of", allowed="the territory's")
        if any(outlet_id in self.locked for outlet_id in edit.outlet_ids):
            raise DomainError("outlet_ids", "locked")
        own = self._lines_of(edit.outlet_ids)
        changed: dict[int, list[Line]] = {}
        for outlet_id in edit.outlet_ids:
            lines = own.get(outlet_id, [])
            wanted = moved(lines, edit)
            for route_id in {line.route_id for line in (*lines, *wanted)}:
                changed.setdefault(route_id, list(self.lines[route_id]))
            self._put(changed, lines, wanted, edit)
        return {route_id: tuple(numbered(lines)) for route_id, lines in changed.items()}

    def _put(
        self, changed: dict[int, list[Line]], lines: Sequence[Line], wanted: Sequence[Line], edit: Edit
    ) -> None:
        """Take the store out where its visit changes and put it in where it goes."""

        def stays(line: Line) -> bool:
            return line in lines and line in wanted and (edit.place is None or line.weekday != edit.weekday)

        for line in lines:
            if not stays(line):
                changed[line.route_id] = [one for one in changed[line.route_id] if one != line]
        for line in wanted:
            if not stays(line):
                place = edit.place if line.weekday == edit.weekday else None
                _insert(changed[line.route_id], line, self._place(changed[line.route_id], line, place))

    def _place(self, route: Sequence[Line], line: Line, place: int | None) -> int:
        """The place in the day's order where a visit goes: the one named, else where it costs least."""
        day = [one for one in route if one.weekday == line.weekday]
        ids = list(dict.fromkeys(one.outlet_id for one in day))
        if place is not None or line.outlet_id in ids:
            return min(place if place is not None else len(day), len(day))
        outlets = self.facts.outlets
        at = cheapest_place(outlets[line.outlet_id], [outlets[one] for one in ids])
        return (
            len(day) if at == len(ids) else next(n for n, one in enumerate(day) if one.outlet_id == ids[at])
        )

    def _lines_of(self, outlet_ids: Sequence[int]) -> dict[int, list[Line]]:
        wanted, found = set(outlet_ids), dict[int, list[Line]]()
        for lines in self.lines.values():
            for line in lines:
                if line.outlet_id in wanted:
                    found.setdefault(line.outlet_id, []).append(line)
        return found

    def _set_lines(self, route_id: int, lines: tuple[Line, ...]) -> None:
        """Put a route's lines on the board, price them, and note which stores that moves."""
        facts, before = self.facts, self.lines.get(route_id, ())
        self.lines[route_id] = lines
        self.priced[route_id] = price(route_id, lines, facts.outlets, facts.terms)
        for line in before:
            own = self._rhythms.get(line.outlet_id, set())
            own.discard(_rhythm(line))
            if not own:
                self._rhythms.pop(line.outlet_id, None)
        for line in lines:
            self._rhythms.setdefault(line.outlet_id, set()).add(_rhythm(line))
        for outlet_id in {line.outlet_id for line in (*before, *lines)}:
            same = self._rhythms.get(outlet_id, set()) == self._rhythms_today.get(outlet_id, set())
            (self._moved_stores.discard if same else self._moved_stores.add)(outlet_id)


Rhythm = tuple[int, int, int, int]


def _rhythm(line: Line) -> Rhythm:
    return line.route_id, line.weekday, line.weeks, line.phase


def _rhythms(lines: Iterable[Line]) -> dict[int, set[Rhythm]]:
    found: dict[int, set[Rhythm]] = {}
    for line in lines:
        found.setdefault(line.outlet_id, set()).add(_rhythm(line))
    return found


def _insert(route: list[Line], line: Line, place: int) -> None:
    """Put a visit at a place of its day; `route` is in order of weekday."""
    before = [n for n, one in enumerate(route) if one.weekday < line.weekday]
    first = before[-1] + 1 if before else 0
    route.insert(first + place, line)


def _by_route(facts: Facts, lines: Iterable[Line]) -> dict[int, tuple[Line, ...]]:
    found: dict[int, list[Line]] = {route_id: [] for route_id in facts.routes}
    for line in lines:
        if line.route_id in found and line.outlet_id in facts.outlets:
            found[line.route_id].append(line)
    return {
        route_id: tuple(numbered(sorted(own, key=lambda line: (line.weekday, line.sequence))))
        for route_id, own in found.items()
    }


class BoardKeeper:
    """The boards that people of this process work on. The one not used for longest goes first."""

    def __init__(self) -> None:
        self._boards: OrderedDict[tuple[object, int], Board] = OrderedDict()
        self._locks: dict[tuple[object, int], threading.RLock] = {}
        self._lock = threading.Lock()

    def lock_of(self, house: object, version_id: int) -> threading.RLock:
        """Held by whoever reads or edits a version's board."""
        with self._lock:
            if len(self._locks) > 100 * KEPT:
                self._locks.clear()
            return self._locks.setdefault((house, version_id), threading.RLock())

    def find(self, house: object, version_id: int, revision: int) -> Board | None:
        """The board as of a revision, where it is here; an older or newer one is forgotten."""
        with self._lock:
            board = self._boards.get((house, version_id))
            if board is None or board.revision != revision:
                self._boards.pop((house, version_id), None)
                return None
            self._boards.move_to_end((house, version_id))
            return board

    def keep(self, house: object, version_id: int, board: Board) -> None:
        with self._lock:
            self._boards[house, version_id] = board
            while len(self._boards) > KEPT:
                self._boards.popitem(last=False)

    def forget(self, house: object, version_id: int) -> None:
        with self._lock:
            self._boards.pop((house, version_id), None)
