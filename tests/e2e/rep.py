"""A rep at work on the phone: the taps of a day, and a note of what was entered."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from playwright.sync_api import Locator

from tests.browser import Phone

Pieces = tuple[int, int]


@dataclass
class Entered:
    """What a rep has entered in one visit, in the words of the database."""

    outlet_id: int
    outcome: str | None = None
    outcome_note: str = ""
    note: str = ""
    # SKU → pieces on the shelf and in the backroom
    counts: dict[int, Pieces] = field(default_factory=dict)
    # SKU → pieces ordered
    lines: dict[int, int] = field(default_factory=dict)
    # SKU → why it is not the suggested quantity
    reasons: dict[int, str] = field(default_factory=dict)
    total_minor: int = 0
    signed: bool = False
    photos: list[tuple[str, str]] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)


BACK_ON_THE_LIST = re.compile(r"/(today|unlock\?next=%2Ftoday)$")


class Rep:
    """The taps. Each method leaves the phone on the screen that its name promises."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.t = phone.t

    # --- the day ---

    def start_day(self) -> None:
        phone = self.phone
        phone.tap(phone.link("today.startDay"))
        phone.tap(phone.button("day.start.all"))
        phone.tap(phone.button("day.start.go"))
        phone.page.wait_for_url("**/today", wait_until="commit")
        phone.link("today.start").wait_for()

    def open_next(self) -> Entered:
        """Begin the visit that the list offers as the next one."""
        self.phone.tap(self.phone.link("today.start"))
        return self.on_visit()

    def go_on(self) -> Entered:
        """Go on with the visit that was interrupted, from the list."""
        self.phone.tap(self.phone.link("today.continue"))
        return self.on_visit()

    def on_visit(self) -> Entered:
        page = self.phone.page
        page.wait_for_url(re.compile(r"/visit/\d+/\w+"))
        found = re.search(r"/visit/(\d+)/", page.url)
        assert found, page.url
        return Entered(int(found.group(1)))

    def is_at(self, step: str) -> None:
        self.phone.page.wait_for_url(re.compile(rf"/visit/\d+/{step}"))

    # --- the steps ---

    def all_in_order(self) -> None:
        self.phone.tap(self.phone.button("visit.allInOrder"))

    def skip(self, entered: Entered, step: str, reason: str) -> None:
        self.phone.tap(self.phone.button("visit.skip"))
        self.phone.tap(self.phone.button(f"visit.reason.{reason}"))
        entered.skipped[step] = reason

    def photograph(self, entered: Entered, step: str, kind: str) -> None:
        phone = self.phone
        phone.tap(phone.button(f"visit.photo.{kind}"))
        phone.tap(phone.button("visit.shoot"))
        entered.photos.append((step, kind))
        taken = sum(1 for at, _ in entered.photos if at == step)
        phone.wait_until(
            lambda: phone.page.locator(".photo-taken img").count() == taken, words="the photo is shown"
        )

    def greet(self, entered: Entered, note: str = "") -> None:
        if note:
            self.phone.page.get_by_label(self.t.starting("visit.note")).fill(note)
            entered.note = note
        self.phone.tap(self.phone.button("visit.greeted"))

    def row(self, sku: int) -> Locator:
        return self.phone.page.locator(f'[data-sku="{sku}"]')

    def skus(self) -> list[int]:
        """What stands on the count list, from top to bottom."""
        self.phone.page.locator("[data-sku]").first.wait_for()
        rows = self.phone.page.locator("[data-sku]").all()
        return [int(row.get_attribute("data-sku") or 0) for row in rows]

    def place(self, place: str) -> None:
        self.phone.tap(self.phone.page.get_by_role("radio", name=self.t(f"visit.count.{place}")))

    def type_number(self, pieces: int) -> None:
        """On the keypad that is open."""
        for digit in str(pieces):
            self.phone.tap(self.phone.page.get_by_role("button", name=digit, exact=True))

    def type_into(self, sku: int, pieces: int) -> None:
        self.phone.tap(self.row(sku).locator(".count-row-value"))
        self.type_number(pieces)

    def count(self, entered: Entered, counts: Mapping[int, Pieces]) -> None:
        """Shelf from top to bottom by keypad, then the backrooms where something is, the others empty in one tap."""
        for sku, (shelf, _) in counts.items():
            self.type_into(sku, shelf)
        self.close_keypad()
        backrooms = {sku: backroom for sku, (_, backroom) in counts.items() if backroom}
        if backrooms:
            self.place("backroom")
            for sku, backroom in backrooms.items():
                self.type_into(sku, backroom)
            self.close_keypad()
        if len(backrooms) < len(counts):
            self.phone.tap(self.phone.button("visit.count.restEmpty"))
        entered.counts.update(counts)

    def close_keypad(self) -> None:
        keypad = self.phone.button("ui.closeKeypad")
        if keypad.count():
            self.phone.tap(keypad)

    def counted(self) -> None:
        self.phone.tap(self.phone.button("visit.count.done"))

    def change_line(self, entered: Entered, sku: int, reason: str) -> None:
        """One case more than suggested, and why."""
        line = self.phone.page.locator(f'[data-line="{sku}"]')
        self.phone.tap(line.get_by_role("button", name=self.t("ui.more")))
        self.phone.tap(line.get_by_role("button", name=self.t(f"order.change.{reason}")))
        entered.reasons[sku] = reason

    def to_order(self) -> None:
        ways = "|".join(self.t(f"order.{way}").pattern for way in ("acceptAll", "toOrder", "goOnWithout"))
        self.phone.tap(self.phone.page.get_by_role("button", name=re.compile(ways)))
        self.is_at("order")

    def order(self, entered: Entered, names: Mapping[str, int], *, signed: bool = False) -> None:
        """Read what the owner agrees to off the screen, let him sign, confirm."""
        page = self.phone.page
        for line in page.locator(".order-table tbody tr").all():
            pieces = re.search(r"\d+", line.locator("small").inner_text())
            assert pieces, line.inner_text()
            entered.lines[names[line.get_by_role("rowheader").inner_text().strip()]] = int(pieces.group())
        total = page.locator(".order-head .ui-figure-value").first.inner_text()
        entered.total_minor = round(float(re.sub(r"[^\d.]", "", total)) * 100)
        if signed:
            self.phone.tap(self.phone.button("order.sign"))
            self.phone.draw(page.get_by_role("img", name=self.t("order.signature")), strokes=2)
            entered.signed = True
        self.phone.tap(self.phone.button("order.confirmSigned" if signed else "order.confirm"))

    def no_order(self, entered: Entered, outcome: str, words: str = "") -> None:
        """Out of the menu, which is there in every step."""
        phone = self.phone
        phone.tap(phone.button("visit.more"))
        phone.tap(
            phone.page.get_by_role("dialog").get_by_role("button", name=self.t.starting("order.noOrder"))
        )
        phone.tap(phone.button(f"order.outcome.{outcome}"))
        if words:
            phone.page.get_by_label(self.t.starting(f"order.outcome.{outcome}")).fill(words)
            phone.tap(phone.button("order.takeDown"))
        entered.outcome, entered.outcome_note = outcome, words
        self.is_at("thank")

    def finish(self) -> None:
        """Saved, and back on the list, or before its lock."""
        self.phone.tap(self.phone.button("visit.finish"))
        self.phone.page.wait_for_url(BACK_ON_THE_LIST, wait_until="commit")

    # --- whole visits ---

    def visit_fully(
        self,
        entered: Entered,
        counts: Callable[[int], Sequence[Pieces]],
        *,
        note: str = "",
        photos: Sequence[tuple[str, str]] = (),
        changes: str = "",
        signed: bool = False,
    ) -> None:
        """All eight steps. `counts` says, for so many SKUs, what each has, in the order of the list."""
        for step in ("outdoor", "greet", "merchandise"):
            self.is_at(step)
            for at, kind in photos:
                if at == step:
                    self.photograph(entered, step, kind)
            if step == "greet":
                self.greet(entered, note)
            else:
                self.all_in_order()
        self.is_at("count")
        skus = self.skus()
        self.count(entered, dict(zip(skus, counts(len(skus)), strict=True)))
        self.from_suggestion_on(entered, changes=changes, signed=signed)

    def from_suggestion_on(self, entered: Entered, *, changes: str = "", signed: bool = False) -> None:
        """The count is complete: suggestion, order, next date, saved."""
        names = self.names()
        self.counted()
        self.is_at("present")
        if changes:
            suggested = self.phone.page.locator("[data-line]").first.get_attribute("data-line")
            self.change_line(entered, int(suggested or 0), changes)
        self.to_order()
        self.order(entered, names, signed=signed)
        self.is_at("thank")
        self.finish()

    def names(self) -> dict[str, int]:
        """Name on screen → SKU, from the count list."""
        rows = self.phone.page.locator("[data-sku]").all()
        return {
            row.locator(".count-row-title").inner_text().strip(): int(row.get_attribute("data-sku") or 0)
            for row in rows
        }
