"""A leaver's case as each of its people sees it: the leaver, the manager, a receiver, an owner, a second manager.

Each method leaves the screen on what its name promises. The browser test walks it, and so does the script that takes
the pictures of docs/leaver.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from playwright.sync_api import Locator, Page

from server.domain.handovers import HANDOVER_STEPS
from server.services.demo import PASSWORD
from tests.browser import Phone
from tests.e2e.rep import Rep

# Steps that say "agrees" in one tap; the two around them ask for something.
AT_ONCE = HANDOVER_STEPS[1:-1]
WAYS = ("hire", "spread", "cascade")


@dataclass(frozen=True)
class Pace:
    """How long a person takes, in milliseconds; a test does not wait."""

    click: int = 0
    decision: int = 0


class Desk:
    """A manager's, supervisor's or administrator's taps in a case."""

    def __init__(self, screen: Phone, pace: Pace = Pace()) -> None:
        self.screen, self.pace = screen, pace
        self.t = screen.t
        self.clicks = self.decisions = 0

    def click(self, target: Locator, deed: Callable[[], object] | None = None) -> None:
        """One click at this person's pace; `deed` where a driver does it in another way."""
        self.clicks += 1
        self.page.wait_for_timeout(self.pace.click)
        (deed or target.click)()

    def decides(self) -> None:
        """Looks, and makes up their mind."""
        self.decisions += 1
        self.page.wait_for_timeout(self.pace.decision)

    @property
    def page(self) -> Page:
        return self.screen.page

    def proves_who_is_there(self, *, after: Locator) -> None:
        """The password where the server asks for it, then what was wanted."""
        password = self.page.get_by_label(self.t("stepup.password"))
        password.or_(after).first.wait_for(timeout=60_000)
        if password.is_visible():
            self.click(password)
            password.fill(PASSWORD)
            self.click(self.screen.button("stepup.confirm"))
        after.wait_for(timeout=60_000)

    # --- the case ---

    def begins_case(self, leaver: str, last_day: date) -> None:
        """The form, filled in; access stops now."""
        self.screen.open("/desk/departures")
        self.click(self.screen.button("departures.open"))
        person = self.page.get_by_label(self.t.starting("departures.person"))
        option = person.locator("option", has_text=leaver)
        option.wait_for(state="attached")
        self.decides()
        self.click(person)
        self.click(person, lambda: person.select_option(value=option.get_attribute("value") or ""))
        day = self.page.get_by_label(self.t.starting("departures.lastDay"))
        self.click(day)
        day.fill(last_day.isoformat())
        self.decides()

    def opens_case(self) -> int:
        """Opened and frozen; returns the case's number."""
        self.decides()
        self.click(self.screen.button("departures.openAndFreeze"))
        self.proves_who_is_there(after=self.page.get_by_text(self.t("departures.isFrozen")))
        return int(self.page.url.rsplit("/", 1)[1])

    def sees_case(self, case: int) -> None:
        self.screen.open(f"/desk/departures/{case}")
        self.page.get_by_text(self.t("closing.checklist")).first.wait_for()

    def asks_for_proposals(self) -> list[str]:
        """Worked out beside the page; returns the ways that are offered."""
        self.click(self.screen.button("departures.propose"))
        self.screen.button("departures.proposeAgain").wait_for(timeout=120_000)
        return self.page.locator(".departure-cards h3").all_inner_texts()[:3]

    def takes(self, way: str) -> None:
        card = self.page.locator(
            ".ui-card", has=self.page.get_by_role("heading", name=self.t(f"departures.way.{way}"))
        )
        for _ in WAYS:
            self.decides()
        self.click(card.get_by_role("button", name=self.t("departures.accept")))
        self.proves_who_is_there(after=self.page.get_by_text(self.t("departures.holdsFrom")))

    def shows(self, heading: str) -> None:
        """The part of the case that is headed so, at the top of the screen."""
        part = self.page.get_by_role("heading", name=self.t(heading)).first
        part.evaluate("(part) => part.scrollIntoView({ block: 'start' })")

    # --- call-backs ---

    def calls_back(self) -> None:
        """The first store that waits: all four questions answered with yes, all well."""
        self.page.get_by_role("button", name=self.t.starting("closing.call")).first.click()
        dialog = self.page.get_by_role("dialog")
        for yes in dialog.get_by_role("radio", name=self.t("closing.yes")).all():
            yes.click()
        dialog.get_by_role("radio", name=self.t.starting("closing.outcomes.confirmed")).click()
        dialog.get_by_role("button", name=self.t("closing.keep")).click()
        dialog.wait_for(state="hidden")

    # --- closing ---

    def ticks(self, item: str, words: str) -> None:
        self._says("tick", item, words)

    def waives(self, item: str, words: str) -> None:
        self._says("waive", item, words)

    def _says(self, what: str, item: str, words: str) -> None:
        named = re.compile(
            f"{re.escape(self.t.text(f'closing.{what}'))}: {re.escape(self.t.text(f'closing.item.{item}'))}"
        )
        self.page.get_by_role("button", name=named).click()
        self.page.get_by_label(self.t.starting(f"closing.{what}Words")).fill(words)
        self.page.get_by_role("dialog").get_by_role("button", name=self.t(f"closing.{what}")).click()
        gone = self.page.locator(".closing-item", has_text=words)
        self.proves_who_is_there(after=gone)

    def finds_property(self) -> None:
        """Everything that was lent is there."""
        self.page.get_by_role("button", name=self.t("closing.allBack")).click()
        self.page.locator(".closing-item", has_text=self.t.text("closing.item.property_back")).get_by_text(
            self.t("closing.state.met")
        ).wait_for()

    def signs_certificate(self) -> None:
        """The leaver signs on this screen, and then the manager."""
        self.screen.button("closing.sign").click()
        dialog = self.page.get_by_role("dialog")
        for who in ("leaverSigns", "companySigns"):
            self.screen.draw(dialog.get_by_role("img", name=self.t(f"closing.{who}")), strokes=2)
        dialog.get_by_role("button", name=self.t("closing.keepSigned")).click()
        self.proves_who_is_there(after=self.page.get_by_text(self.t("closing.signedBy")))

    def closes(self) -> None:
        self.screen.button("closing.close").click()
        self.page.get_by_role("dialog").get_by_role("button", name=self.t("closing.close")).click()
        self.proves_who_is_there(after=self.page.get_by_text(self.t("closing.isClosed")))

    # --- the evidence ---

    def asks_for_evidence(self, why: str) -> None:
        self.screen.button("closing.evidenceAsk").click()
        self.page.get_by_label(self.t.starting("closing.evidenceReason")).fill(why)
        self.screen.button("closing.evidenceSend").click()
        self.screen.link("closing.toExports").wait_for()

    def signs_evidence(self) -> None:
        self.screen.open("/desk/exports")
        self.screen.button("exports.sign.approver").first.click()
        self.proves_who_is_there(after=self.page.get_by_text(self.t("exports.none.sign")))

    def fetches_evidence(self) -> bytes:
        self.screen.open("/desk/exports")
        fetch = self.screen.button("exports.fetch")
        fetch.wait_for()
        with self.page.expect_download(timeout=60_000) as taken:
            fetch.click()
            password = self.page.get_by_label(self.t("stepup.password"))
            password.or_(self.page.get_by_text(self.t("exports.status.taken"))).first.wait_for(timeout=60_000)
            if password.is_visible():
                password.fill(PASSWORD)
                self.click(self.screen.button("stepup.confirm"))
        return taken.value.path().read_bytes()

    # --- the watch ---

    def looks_at_watch(self, case: int) -> Locator:
        """The night's two jobs asked for by hand; returns the cards of the case's stores."""
        self.screen.open("/desk/retention")
        self.screen.button("retention.run").click()
        self.page.get_by_text(self.t("retention.asked")).wait_for()
        stores = self.page.locator(".watch-stores > *")
        for _ in range(30):
            self.screen.open(f"/desk/retention/{case}")
            stores.first.or_(self.page.get_by_text(self.t("retention.none"))).first.wait_for()
            if stores.count():
                break
            self.page.wait_for_timeout(1_000)
        return stores


class Receiver:
    """The rep who takes stores over, in the store."""

    def __init__(self, phone: Phone) -> None:
        self.phone = phone
        self.rep = Rep(phone)

    def opens(self, row: Locator) -> None:
        self.phone.unlock_where_asked(row)
        self.phone.tap(row)
        self.phone.button("handover.done.introduce").wait_for()

    def walks(self, *, witness: bool = False) -> None:
        """Every step but the owner's answer; one is skipped, with its reason."""
        phone = self.phone
        if witness:
            who = phone.page.get_by_label(phone.t.starting("handover.witness"))
            who.select_option(index=1)
        phone.tap(phone.button("handover.done.introduce"))
        for step in AT_ONCE:
            phone.button(f"handover.done.{step}").wait_for()
            if step == "samples":
                phone.tap(phone.button("handover.skip"))
                phone.tap(phone.button("handover.reason.none_here"))
            else:
                phone.tap(phone.button(f"handover.done.{step}"))
        phone.tap(phone.button("handover.done.next_visit"))
        phone.button("handover.save").wait_for()

    def answers(self, key: str) -> None:
        self.phone.tap(self.phone.page.locator("label", has_text=self.phone.t.text(f"handover.answer.{key}")))

    def lets_owner_sign(self) -> None:
        self.answers("confirmed")
        pad = self.phone.page.get_by_role("img", name=self.phone.t("handover.signature"))
        pad.wait_for()
        self.phone.draw(pad, strokes=2)

    def shows_code(self) -> str:
        """The code for the owner's own phone; returns the address behind it."""
        self.answers("code")
        self.phone.page.locator(".handover-code svg").wait_for()
        return self.phone.page.locator(".handover-link").inner_text()

    def saves(self) -> None:
        self.phone.tap(self.phone.button("handover.save"))
        self.phone.page.get_by_text(self.phone.t("handover.saved")).wait_for()
