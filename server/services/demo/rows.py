"""The demo's plan and history as rows of tables, in the order in which the tables need each other."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from server.domain.names import skeleton
from server.services.demo import words
from server.services.demo.district import Shop
from server.services.demo.history import Call
from server.services.demo.staff import Row, Staff

STEPS: Final = ("outdoor", "greet", "merchandise", "count", "present", "order", "thank")
SKIPPED_BY_OUTCOME: Final = {
    "closed": frozenset(STEPS) - {"order"},
    "owner_away": frozenset({"present", "thank"}),
}
# The phone numbers run on from one that is plainly made up; the form is right for Hong Kong.
FIRST_PHONE: Final = 51230100
# The first shop's owner has a number that stands out: it may be found in the clear nowhere but in a reveal, and tests
# look for it in every file and every answer.
CANARY_PHONE: Final = "13900001111"
TRUCK_LEAVES: Final = 6 * 60 + 20


@dataclass(frozen=True)
class Calendar:
    """Territory days as instants."""

    zone: ZoneInfo
    first_day: date
    monday: date
    today: date

    def at(self, day: date, minute: float = 0) -> datetime:
        """The instant of a minute of a territory day, UTC."""
        midnight = datetime.combine(day, time(), tzinfo=self.zone).astimezone(UTC)
        return midnight + timedelta(minutes=minute)


class Ids:
    """UUIDs of version 7 that depend on the seed only, rising with time so that indexes grow at their end."""

    def __init__(self, seed: str) -> None:
        self._random = Random(f"{seed}:ids")

    def at(self, instant: datetime) -> UUID:
        milliseconds = int(instant.timestamp() * 1000)
        tail = self._random.getrandbits(74)
        number = milliseconds << 80 | 7 << 76 | (tail >> 62) << 64 | 2 << 62 | tail & ((1 << 62) - 1)
        return UUID(int=number)


def outlet_rows(shops: Sequence[Shop], created: datetime, visits: dict[int, int]) -> list[Row]:
    """`visits`: number of calls by outlet id; each of them raised the card's version."""
    return [
        {
            "id": shop.id,
            "code": f"D{shop.id:04d}",
            "name": shop.name.zh,
            "name_en": shop.name.en,
            "name_skeleton": skeleton(shop.name.zh)[:200],
            "chain": shop.chain,
            "outlet_class": shop.outlet_class,
            "channel": shop.kind.channel,
            "address": shop.address,
            "latitude": shop.latitude,
            "longitude": shop.longitude,
            "position_source": "survey",
            "hours": shop.hours,
            "status": "closed" if shop.closed_from else "active",
            "territory_id": 2 if words.OTHER_DISTRICT.zh in shop.address else 1,
            "card_version": 1 + visits.get(shop.id, 0),
            "created_at": created,
        }
        for shop in shops
    ]


def stop_rows(shops: Sequence[Shop]) -> list[Row]:
    return [
        {
            "route_id": (shop.area or 0) + 1,
            "outlet_id": shop.id,
            "weekday": stop.weekday,
            "weeks": stop.weeks,
            "phase": stop.phase,
            "sequence": stop.sequence,
            "planned_minute": stop.minute,
            "valid_from": stop.valid_from,
            "valid_to": stop.valid_to,
        }
        for shop in shops
        for stop in shop.stops
    ]


def contact_rows(seed: str, shops: Sequence[Shop]) -> list[Row]:
    rng = Random(f"{seed}:contacts")
    rows: list[Row] = []
    for shop in shops:
        for position in range(2 if shop.outlet_class == "A" and rng.random() < 0.6 else 1):
            family, given = rng.choice(words.FAMILY_NAMES), rng.choice(words.GIVEN_NAMES)
            number = str(FIRST_PHONE + len(rows))
            rows.append(
                {
                    "outlet_id": shop.id,
                    "name": f"{family.zh}{given.zh} {given.en} {family.en}",
                    "role": "owner"
                    if position == 0 and not shop.chain
                    else "manager"
                    if position == 0
                    else "clerk",
                    "phone": f"{number[:4]} {number[4:]}" if rows else CANARY_PHONE,
                    "phone_e164": f"+852{number}" if rows else f"+86{CANARY_PHONE}",
                    "phone_index": f"+852{number}" if rows else f"+86{CANARY_PHONE}",
                    "preferences": rng.choice(words.PREFERENCES),
                    "notes": rng.choice(words.CONTACT_NOTES),
                    "position": position,
                }
            )
    return rows


def asset_rows(seed: str, shops: Sequence[Shop], monday: date) -> list[Row]:
    """A cooler in most of the large shops, some of them given back."""
    rng = Random(f"{seed}:assets")
    rows: list[Row] = []
    for shop in shops:
        if shop.area is None or rng.random() > {"A": 0.9, "B": 0.35, "C": 0.1, "D": 0.0}[shop.outlet_class]:
            continue
        doors = rng.choice((1, 1, 2))
        rows.append(
            {
                "outlet_id": shop.id,
                "kind": "cooler",
                "label": f"EB-{doors}D-{len(rows) + 1:04d}",
                "since": monday - timedelta(days=rng.randrange(120, 900)),
                "returned": monday - timedelta(days=20) if rng.random() < 0.05 else None,
            }
        )
    return rows


class FieldRows:
    """Visits, counts, orders and deliveries of the calls, in time order."""

    def __init__(self, seed: str, calendar: Calendar, staff: Staff, prices: Collection[str]) -> None:
        self.calendar, self.staff, self.prices = calendar, staff, prices
        self.ids, self.rng = Ids(seed), Random(f"{seed}:field")
        self.devices = {member.id: self.ids.at(calendar.at(calendar.first_day)) for member in staff.members}
        self.visits: list[Row] = []
        self.steps: list[Row] = []
        self.counts: list[Row] = []
        self.orders: list[Row] = []
        self.order_lines: list[Row] = []
        self.declined: list[Row] = []
        self.deliveries: list[Row] = []
        self.delivery_lines: list[Row] = []
        self.notes: list[Row] = []
        self.promises: list[Row] = []
        self.work_days: list[Row] = []
        # First check-in and last check-out by day and person.
        self.spans: dict[tuple[date, int], tuple[datetime, datetime]] = {}

    def add(self, calls: Iterable[Call]) -> None:
        for call in calls:
            self._add(call)
        self._add_work_days()

    def _add(self, call: Call) -> None:
        route = call.shop.area or 0
        person = self.staff.rep_on(route, call.day, self.calendar.monday)
        began = self.calendar.at(call.day, call.minute) + timedelta(seconds=self.rng.randrange(60))
        ended = began + timedelta(minutes=call.minutes, seconds=self.rng.randrange(60))
        first, last = self.spans.get((call.day, person.id), (began, ended))
        self.spans[call.day, person.id] = (min(first, began), max(last, ended))
        visit_id = self.ids.at(began)
        self.visits.append(self._visit(call, visit_id, person.id, began, ended))
        self._add_steps(call, visit_id)
        self.counts += (
            {"visit_id": visit_id, "sku_id": sku_id, "shelf": shelf, "backroom": back, "source": source}
            for sku_id, shelf, back, source in call.counts
        )
        self.declined += (
            {"visit_id": visit_id, "sku_id": sku_id, "suggested": suggested, "reason": reason}
            for sku_id, suggested, reason in call.declined
        )
        if call.lines:
            self._add_order(call, visit_id, person.id, ended)
        self._add_words(call, person.id, ended)

    def _visit(self, call: Call, visit_id: UUID, person_id: int, began: datetime, ended: datetime) -> Row:
        place = self._fix(call.shop, "in") | self._fix(call.shop, "out")
        flags = [] if place["in_accuracy_m"] is not None else ["no_fix"]
        if (place["in_distance_m"] or 0) > 200:
            flags.append("far_check_in")
        return {
            "id": visit_id,
            "outlet_id": call.shop.id,
            "route_id": (call.shop.area or 0) + 1,
            "person_id": person_id,
            "holder_id": person_id,
            "device_id": self.devices[person_id],
            "operation_id": self.ids.at(ended),
            "day": call.day,
            "planned": call.planned,
            "unplanned_reason": "" if call.planned else "老板来电要货",
            "checked_in_at": began,
            "checked_out_at": ended,
            **place,
            "outcome": call.outcome,
            "next_visit_day": call.next_visit_day,
            "next_visit_shown": call.outcome != "closed",
            "flags": flags if call.planned else [*flags, "unplanned"],
        }

    def _fix(self, shop: Shop, when: str) -> dict[str, float | None]:
        """Where the phone was at check-in or check-out: near the door, sometimes far, sometimes unknown."""
        rng, chance = self.rng, self.rng.random()
        if shop.latitude is None or shop.longitude is None or chance < 0.03:
            position: tuple[float | None, ...] = (None, None, None, None)
        else:
            off = rng.uniform(260, 900) if chance > 0.99 else min(80.0, rng.expovariate(1 / 14))
            metre = 1 / 111_195
            position = (
                round(shop.latitude + off * metre, 6),
                shop.longitude,
                round(rng.uniform(4, 38), 1),
                round(off, 1),
            )
        return dict(
            zip(
                (f"{when}_latitude", f"{when}_longitude", f"{when}_accuracy_m", f"{when}_distance_m"),
                position,
                strict=True,
            )
        )

    def _add_steps(self, call: Call, visit_id: UUID) -> None:
        unable = SKIPPED_BY_OUTCOME.get(call.outcome or "", frozenset[str]())
        for step in STEPS:
            reason = call.skipped.get(step, "")
            state = "skipped" if reason or step in unable else "done"
            self.steps.append({"visit_id": visit_id, "step": step, "state": state, "reason": reason})

    def _add_order(self, call: Call, visit_id: UUID, person_id: int, ended: datetime) -> None:
        order_id, route_id = self.ids.at(ended), (call.shop.area or 0) + 1
        status = call.delivery_status
        self.orders.append(
            {
                "id": order_id,
                "visit_id": visit_id,
                "outlet_id": call.shop.id,
                "route_id": route_id,
                "person_id": person_id,
                "ordered_at": ended,
                "day": call.day,
                "delivery_day": call.delivery_day,
                "price_list": call.shop.chain if call.shop.chain in self.prices else "standard",
                "total_minor": sum(line.quantity * line.piece_minor for line in call.lines),
                "status": "open" if status == "planned" else status,
                "signature": self._signature(),
            }
        )
        driver = self.staff.driver_of(route_id - 1)
        self.deliveries.append(
            {
                "id": order_id,
                "outlet_id": call.shop.id,
                "route_id": route_id,
                "truck_id": self.staff.drivers.index(driver) + 1,
                "day": call.delivery_day,
                "status": status,
                "driver_id": None if status == "planned" else driver.id,
                "delivered_at": None if status == "planned" else self._handed_over(call),
            }
        )
        for line in call.lines:
            self.order_lines.append(
                {
                    "order_id": order_id,
                    "sku_id": line.sku_id,
                    "suggested": line.suggested,
                    "quantity": line.quantity,
                    "piece_minor": line.piece_minor,
                    "reason": line.reason,
                }
            )
            self.delivery_lines.append(
                {
                    "delivery_id": order_id,
                    "sku_id": line.sku_id,
                    "ordered": line.quantity,
                    "delivered": line.delivered,
                    "reason": line.short_reason,
                }
            )

    def _handed_over(self, call: Call) -> datetime:
        """In the morning before the reps' first calls, so that a count always finds the delivery on the shelf."""
        day = call.delivery_day or call.day
        return self.calendar.at(day, TRUCK_LEAVES + self.rng.randrange(120)) + timedelta(
            seconds=self.rng.randrange(60)
        )

    def _signature(self) -> str:
        rng, x, y = self.rng, 24, 90
        parts = [f"M{x} {y}"]
        for _ in range(5):
            x, y = x + rng.randint(30, 52), rng.randint(40, 120)
            parts.append(f"L{x} {y}")
        return " ".join(parts)

    def _add_words(self, call: Call, person_id: int, ended: datetime) -> None:
        """A note now and then; a promise more rarely, most of them kept at some later time."""
        if self.rng.random() < 0.05:
            self.notes.append(
                {
                    "outlet_id": call.shop.id,
                    "person_id": person_id,
                    "noted_at": ended,
                    "text": self.rng.choice(words.NOTES),
                }
            )
        if self.rng.random() < 0.02:
            due = call.next_visit_day
            kept = due is not None and due < self.calendar.today and self.rng.random() < 0.8
            self.promises.append(
                {
                    "id": self.ids.at(ended),
                    "outlet_id": call.shop.id,
                    "person_id": person_id,
                    "made_at": ended,
                    "text": self.rng.choice(words.PROMISES),
                    "due": due,
                    "kept_at": self.calendar.at(due, 660) if kept and due else None,
                }
            )

    def _add_work_days(self) -> None:
        """Attendance: from before the first call to after the last, for everyone who made one."""
        for (day, person), (first, last) in self.spans.items():
            started = first - timedelta(minutes=25)
            self.work_days.append(
                {
                    "id": self.ids.at(started),
                    "person_id": person,
                    "device_id": self.devices[person],
                    "day": day,
                    "started_at": started,
                    "ended_at": last + timedelta(minutes=18),
                    "summary": {},
                }
            )

    def device_rows(self) -> Iterator[Row]:
        seen = self.calendar.at(self.calendar.today)
        for person_id, device_id in self.devices.items():
            yield {
                "id": device_id,
                "person_id": person_id,
                "label": "演示手机 demo phone",
                "created_at": self.calendar.at(self.calendar.first_day),
                "approved_at": self.calendar.at(self.calendar.first_day),
                "last_seen_at": seen,
            }
