"""Passkeys, the proof before weighty deeds and the pages of rights, in a real browser with a virtual authenticator."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import CDPSession, Request, expect

from server.services.demo import PASSWORD
from tests.browser import Chromium, House, Phone, founded_house

LOOK = os.environ.get("ROUTEBOOK_LOOK", "")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, front_end: Path) -> Iterator[House]:
    with founded_house(tmp_path_factory, pwa=front_end).serving() as house:
        yield house


def authenticator(phone: Phone) -> CDPSession:
    """One that is built into the device, verifies its owner by itself, and can derive secrets."""
    cdp = phone.cdp()
    cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "ctap2Version": "ctap2_1",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
        "hasPrf": True,
    }
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return cdp


def look(phone: Phone, name: str) -> None:
    """A picture for whoever wants to see (ROUTEBOOK_LOOK names a folder)."""
    if LOOK:
        phone.page.wait_for_timeout(400)
        phone.page.screenshot(path=Path(LOOK) / f"{name}.png")


def barriers(desk: Phone) -> list[str]:
    """What axe finds. The watermark behind the page is faint by purpose, and no text that anybody has to read."""
    return [one for one in desk.violations() if "ui-watermark" not in one]


def prove(phone: Phone) -> None:
    """Answer the dialog that asks who sits there, with the password."""
    dialog = phone.page.get_by_role("dialog", name=phone.t("stepup.title"))
    dialog.get_by_label(phone.t("stepup.password")).fill(PASSWORD)
    look(phone, f"step-up-{phone.t.locale}")
    dialog.get_by_role("button", name=phone.t("stepup.confirm")).click()
    expect(dialog).to_have_count(0)


def test_a_passkey_is_made_signs_in_and_never_sends_its_secret(house: House, chromium: Chromium) -> None:
    desk = chromium.desk(house, locale="en")
    authenticator(desk)
    sent: list[str] = []

    def hear(request: Request) -> None:
        if "passkey" in request.url and request.post_data:
            sent.append(request.post_data)

    desk.page.on("request", hear)
    desk.sign_in("admin")
    desk.open("/passkeys")
    expect(desk.page.get_by_text(desk.t("passkeys.none"))).to_be_visible()
    look(desk, "passkeys-empty-en")
    desk.button("passkeys.add").click()
    expect(desk.page.get_by_text(desk.t("passkeys.book"))).to_be_visible()
    look(desk, "passkeys-en")
    desk.context.clear_cookies()
    desk.open("/signin")
    look(desk, "signin-en")
    desk.button("signin.passkey").click()
    desk.page.wait_for_url(lambda url: "/signin" not in url, timeout=60_000)
    assert house.rows("SELECT count(*) AS n FROM sign_in WHERE method = 'passkey'")[0]["n"] == 1
    credentials = [json.loads(one)["credential"] for one in sent if "credential" in json.loads(one)]
    assert len(credentials) == 2
    assert all(one["clientExtensionResults"] == {} for one in credentials)
    assert desk.complaints.said == []


def test_a_person_is_frozen_only_after_the_proof_and_lifted_by_nobody_alone(
    house: House, chromium: Chromium
) -> None:
    rep, desk = chromium.desk(house), chromium.desk(house, locale="en")
    rep.sign_in("driver1")
    desk.sign_in("manager")
    desk.open("/desk/people")
    name = house.rows("SELECT name FROM person WHERE login = 'driver1'")[0]["name"]
    desk.page.get_by_role("row", name=re.compile(re.escape(name))).click()
    sheet = desk.page.get_by_role("dialog", name=name)
    sheet.get_by_label(desk.t("people.reason")).fill("leaves today")
    look(desk, "person-en")
    sheet.get_by_role("button", name=desk.t("people.freeze")).click()
    prove(desk)
    expect(desk.page.get_by_text(desk.t("people.frozen"))).to_be_visible()
    status = rep.page.evaluate("fetch('/api/v1/session').then((answer) => answer.status)")
    assert status == 401
    assert desk.complaints.said == []


def test_devices_and_rights_are_looked_after_on_the_desk(house: House, chromium: Chromium) -> None:
    phone = chromium.desk(house)
    phone.sign_in("driver2")
    desk = chromium.desk(house, locale="en")
    desk.sign_in("supervisor")
    desk.open("/desk/devices")
    expect(desk.page.get_by_role("table")).to_be_visible()
    look(desk, "devices-en")
    assert barriers(desk) == []
    manager = chromium.desk(house, theme="dark")
    manager.sign_in("manager")
    manager.open("/desk/rights")
    manager.page.get_by_role("button", name=manager.t("rights.open")).click()
    people = {
        row["login"]: row["name"]
        for row in house.rows("SELECT login, name FROM person WHERE login IN ('manager', 'admin')")
    }
    manager.page.get_by_label(manager.t("rights.reviewer")).select_option(label=people["manager"])
    manager.page.get_by_label(manager.t("rights.second")).select_option(label=people["admin"])
    look(manager, "rights-open-zh-dark")
    manager.button("rights.openConfirm").click()
    prove(manager)
    manager.button("rights.confirm").first.click()
    expect(manager.page.get_by_text(manager.t("rights.decision.confirmed")).first).to_be_visible()
    look(manager, "rights-zh-dark")
    assert barriers(manager) == []
    assert manager.complaints.said == []
    assert desk.complaints.said == []


def test_the_way_back_in_fits_a_phone(house: House, chromium: Chromium) -> None:
    phone = chromium.phone(house)
    phone.open("/signin")
    look(phone, "signin-zh-phone")
    assert phone.violations() == []
    phone.page.get_by_role("link", name=phone.t("signin.recover")).click()
    phone.page.get_by_label(phone.t("passkeys.recover.code")).wait_for()
    phone.page.get_by_label(phone.t("signin.login")).fill("rep1")
    phone.page.get_by_label(phone.t("passkeys.recover.code")).fill("ABCD-EFGH")
    phone.page.get_by_label(phone.t("passkeys.recover.password")).fill("ein neues Passwort")
    phone.button("passkeys.recover.submit").click()
    expect(phone.page.get_by_text(phone.t("passkeys.recover.failed"))).to_be_visible()
    look(phone, "recover-zh-phone")
    assert phone.violations() == []


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/\t/elsewhere.example",
        "\\\\elsewhere.example",
        "data:text/html,x",
    ],
)
def test_G14_after_signing_in_nobody_is_sent_elsewhere(house: House, chromium: Chromium, wanted: str) -> None:
    desk = chromium.desk(house)
    desk.page.route("**/elsewhere.example/**", lambda route: route.abort())
    desk.open("/signin")
    desk.page.evaluate(
        "(next) => history.replaceState(null, '', '/signin?next=' + encodeURIComponent(next))", wanted
    )
    desk.page.reload()
    desk.page.get_by_label(desk.t("signin.login")).fill("manager")
    desk.page.get_by_label(desk.t("signin.password")).fill(PASSWORD)
    desk.button("signin.submit").click()
    desk.page.wait_for_url(lambda url: "/signin" not in url, timeout=60_000)
    assert desk.page.url.startswith(f"{house.url}/")
