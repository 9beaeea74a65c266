"""E1, E3, E4, F3, F10, F12, G4, G5, G6, G11: who is let in, and how fast and how wholly somebody is not any more."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric import ec

from server.extensions import clock
from server.models import AuditEntry, Operation
from tests.databases import KINDS
from tests.faults.house import Company, House
from tests.server.fake_phone import FakePhone, uuid7
from tests.server.field import PASSWORD, Who
from tests.server.signing import PROOF, Authenticator, KeyPhone, SigningWire, prove
from tests.server_process import ServerProcess, free_port

OWN = ("/session", "/daybook/manifest", "/daybook/pages?cards=1,2,3&catalogue=1&index=1&load=1")


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest,
    company: Callable[[str], Company],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[House]:
    """A house of this file's own, in which people may be frozen."""
    house = House(company(request.param), tmp_path_factory.mktemp("sign-in"))
    try:
        house.server.start()
        yield house
    finally:
        house.close()


def key_phone(house: House, who: Who) -> KeyPhone:
    phone = KeyPhone(SigningWire(house.wire()))
    phone.sign_in(who)
    return phone


def desk(house: House, who: Who) -> FakePhone:
    """Somebody at a desk who has just proved to be there."""
    phone = FakePhone(house.wire())
    assert phone.request("POST", "/session", {"login": who.login, "password": PASSWORD}).status == 200
    assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    return phone


def freeze(house: House, who: Who) -> None:
    answer = desk(house, house.field.manager).request(
        "POST", f"/people/{who.id}/freeze", {"reason": "leaves today"}
    )
    assert answer.status == 200, answer.data


def thaw(house: House, who: Who) -> None:
    answer = desk(house, house.field.administrator).request("DELETE", f"/people/{who.id}/freeze")
    assert answer.status == 204, answer.data


def refused(house: House, deed: str = "access.refused") -> list[AuditEntry]:
    with house.session() as session:
        return list(session.scalars(sa.select(AuditEntry).where(AuditEntry.deed == deed)))


def test_E1_somebody_who_is_frozen_gets_nothing_with_the_very_next_request(house: House) -> None:
    phone, desktop = key_phone(house, house.field.rep), FakePhone(house.wire())
    desktop.request("POST", "/session", {"login": house.field.rep.login, "password": PASSWORD})
    assert [phone.request("GET", path).status for path in OWN] == [200, 200, 200]
    house.visits(phone, 1)
    try:
        freeze(house, house.field.rep)
        for path in OWN:
            began = time.monotonic()
            answer = phone.request("GET", path)
            assert time.monotonic() - began < 1.0
            assert (answer.status, answer.json["code"], answer.json.get("wipe")) == (401, "frozen", True)
            assert set(answer.json) == {"type", "title", "status", "detail", "code", "errors", "wipe"}
        pushed = phone.send(phone.envelope())
        assert (pushed.status, pushed.json["code"]) == (401, "frozen")
        elsewhere = desktop.request("GET", "/session")
        assert (elsewhere.status, elsewhere.json["code"]) == (401, "frozen")
        assert "wipe" not in elsewhere.json, "who cannot prove to be a device is told nothing"
        again = FakePhone(house.wire()).request(
            "POST", "/session", {"login": house.field.rep.login, "password": PASSWORD}
        )
        assert (again.status, again.json["code"]) == (401, "wrong_sign_in")
    finally:
        thaw(house, house.field.rep)
    assert phone.request("GET", "/session").status == 401, "the old sign-in stays over"


def test_I6_what_was_done_before_the_freeze_is_credited_and_what_was_done_after_waits_for_a_person(
    house: House,
) -> None:
    who = house.field.other_rep
    phone = key_phone(house, who)
    before = phone.save("visit.record", house.visit(phone, house.field.other_outlets[0]))
    try:
        freeze(house, who)
        late = clock.now() + timedelta(seconds=30)
        after = phone.save("visit.record", house.visit(phone, house.field.other_outlets[1]), at=late)
        answer = phone.drop()
        assert answer.status == 200, answer.data
        results = {one["id"]: one for one in answer.json["results"]}
        assert results[before]["status"] == "applied"
        assert (results[after]["status"], results[after]["code"]) == ("quarantined", "after_freeze")
        assert set(answer.json) == {
            "batch_id", "epoch", "server_time", "operations", "results", "missing", "server_seq",
        } | (set(answer.json) & {"checkpoint"})  # fmt: skip
        assert house.states([before, after]) == {before: "applied", after: "quarantined"}
        with house.session() as session:
            entry = session.scalars(
                sa.select(AuditEntry).where(AuditEntry.deed == "visit.record").order_by(AuditEntry.seq.desc())
            ).first()
        assert entry is not None
        assert entry.person_id == who.id
        # Handed in once more: the same receipts, no second effect.
        second = phone.drop()
        assert {one["status"] for one in second.json["results"]} == {"duplicate"}
        assert house.visits_of([before, after]) == 1
    finally:
        thaw(house, who)


def test_E4_a_captured_request_is_good_for_nothing(house: House) -> None:
    phone = key_phone(house, house.field.far_rep)
    assert phone.request("GET", "/daybook/manifest").status == 200
    replayed = phone.signer.replay()
    assert (replayed.status, replayed.json["code"]) == (401, "proof_used")
    pushed = phone.push([])
    assert pushed["results"] == []
    again = phone.signer.replay()
    assert (again.status, again.json["code"]) == (401, "proof_used")
    supervisor = desk(house, house.field.administrator)
    assert supervisor.request("DELETE", f"/devices/{phone.device_id}").status == 204
    for index in range(len(phone.signer.sent)):
        method, path, _, _ = phone.signer.sent[index]
        if path == "/api/v1/session":
            continue  # asks for the password, which who captures the rest has not
        answer = phone.signer.replay(index)
        assert (answer.status, answer.json["code"]) == (401, "device_revoked"), (method, path)
        assert "wipe" not in answer.json, "a replayed proof proves nothing"
    told = phone.request("GET", "/daybook/manifest")
    assert (told.status, told.json["code"], told.json["wipe"]) == (401, "device_revoked", True)
    back = KeyPhone(phone.signer, device_id=phone.device_id)
    signed = back.request("POST", "/session", {"login": house.field.far_rep.login, "password": PASSWORD})
    assert signed.status == 200, "the person goes on, on another device"
    refused_again = back.register()
    assert (refused_again.status, refused_again.json["code"]) == (401, "device_revoked")


def test_G11_a_stolen_cookie_opens_nothing_without_the_devices_key(house: House) -> None:
    phone = key_phone(house, house.field.driver)
    thief = FakePhone(house.wire())
    thief.wire.take_cookies(phone.signer.inner)  # type: ignore[attr-defined]
    for path in OWN:
        answer = thief.request("GET", path)
        assert (answer.status, answer.json["code"]) == (401, "proof_needed")
    moved = KeyPhone(SigningWire(house.wire()), device_id=uuid7(clock.now()))
    moved.signer.take_cookies(phone.signer)
    answer = moved.register()
    assert (answer.status, answer.json["code"]) == (401, "proof_wrong"), "nor is it carried to another device"
    assert phone.request("GET", "/session").status == 200, "its owner goes on"


def test_a_proof_speaks_for_one_request_only(house: House) -> None:
    phone = key_phone(house, house.field.driver)
    key, wire = phone.signer.key, phone.signer.inner
    now = round(clock.now().timestamp() * 1000)

    def ask(path: str, header: str, body: bytes = b"", method: str = "GET") -> tuple[int, str]:
        answer = wire.send(method, path, body, {PROOF: header, "Content-Type": "application/json"})
        return answer.status, "" if answer.status == 200 else answer.json["code"]

    path, nonce = "/api/v1/session", "n" * 16
    assert ask(path, prove(key, "GET", "/api/v1/daybook/manifest", b"", now, nonce)) == (401, "proof_wrong")
    assert ask(path, prove(key, "POST", path, b"", now, nonce)) == (401, "proof_wrong")
    assert ask(path + "?a=1", prove(key, "GET", path, b"", now, nonce)) == (401, "proof_wrong")
    changed = prove(key, "PATCH", path, b'{"locale":"en"}', now, nonce)
    assert ask(path, changed, b'{"locale":"zh-CN"}', "PATCH") == (401, "proof_wrong")
    other = ec.generate_private_key(ec.SECP256R1())
    assert ask(path, prove(other, "GET", path, b"", now, nonce)) == (401, "proof_wrong")
    for header in ("v1", "v2 1 2 3", f"v1 {now} {nonce} AAAA", f"v1 {now} short AAAA", "v1 " + "9" * 400):
        assert ask(path, header) == (401, "proof_wrong")
    late = prove(key, "GET", path, b"", now - 11 * 60_000, nonce)
    answer = wire.send("GET", path, b"", {PROOF: late})
    assert (answer.status, answer.json["code"]) == (401, "clock_off")
    assert "server_time" in answer.json
    assert ask(path, prove(key, "GET", path, b"", now, nonce)) == (200, "")
    assert ask(path, prove(key, "GET", path, b"", now, nonce)) == (401, "proof_used")


def test_a_used_proof_stays_used_when_the_server_is_killed(house: House) -> None:
    phone = key_phone(house, house.field.far_driver)
    assert phone.request("GET", "/session").status == 200
    house.kill()
    house.server.start()
    replayed = phone.signer.replay()
    assert (replayed.status, replayed.json["code"]) == (401, "proof_used")
    assert phone.request("GET", "/session").status == 200


def test_the_drop_box_takes_nothing_that_is_not_signed_by_a_known_device(house: House) -> None:
    phone = key_phone(house, house.field.driver)
    envelope = phone.envelope([])
    phone.signer.signs = False
    unsigned = phone.drop(envelope)
    assert (unsigned.status, unsigned.json["code"]) == (401, "proof_needed")
    phone.signer.signs = True
    unknown = phone.drop({**envelope, "device_id": uuid7(clock.now())})
    assert (unknown.status, unknown.json["code"]) == (401, "proof_needed")
    stranger = KeyPhone(SigningWire(house.wire()), device_id=phone.device_id)
    foreign = stranger.drop(envelope)
    assert (foreign.status, foreign.json["code"]) == (401, "proof_wrong")


def test_F3_a_person_is_never_made_more_than_they_are_by_fields_nobody_asked_for(house: House) -> None:
    phone = key_phone(house, house.field.driver)
    extra = {"role": "administrator", "person_id": 1, "approved_at": "2026-01-01T00:00:00Z", "approved_by": 1}
    for name, value in extra.items():
        answer = phone.register(**{name: value})
        assert answer.status == 422, name
        assert {"field": name, "rule": "unknown_field"} in [
            {"field": one["field"], "rule": one["rule"]} for one in answer.json["errors"]
        ]
    body = {"login": house.field.driver.login, "password": PASSWORD, "stepped_up_at": "2026-01-01T00:00:00Z"}
    assert phone.request("POST", "/session", body).status == 422
    assert phone.request("PATCH", "/session", {"locale": "en", "status": "active"}).status == 422
    manager = desk(house, house.field.manager)
    answer = manager.request(
        "POST", f"/people/{house.field.driver.id}/freeze", {"reason": "x", "by": house.field.administrator.id}
    )
    assert answer.status == 422
    poisoned = phone.save("visit.record", {**house.visit(phone, house.field.outlets[0]), "person_id": 1})
    phone.push()
    assert phone.result(poisoned)["status"] == "quarantined", "kept, not applied"
    with house.session() as session:
        kept = session.scalar(sa.select(sa.func.length(Operation.body)).where(Operation.id == UUID(poisoned)))
    assert kept, "with its content"


def test_F10_the_house_answers_to_its_own_name_only(new_house: Callable[..., House]) -> None:
    port = free_port()
    house = new_house("sqlite", start=False)
    house.server = ServerProcess(
        house.folder, port=port, env={"ROUTEBOOK_ORIGIN": f"http://localhost:{port}"}
    )
    house.server.start()

    def ask(path: str, **headers: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.putrequest("GET", path, skip_host=True)
        for name, value in {"Host": f"localhost:{port}", **headers}.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    phone = FakePhone(house.wire())
    signed = phone.request("POST", "/session", {"login": house.field.manager.login, "password": PASSWORD})
    assert signed.status == 200
    cookie = "; ".join(f"{name}={value}" for name, value in phone.wire._cookies.items())  # type: ignore[attr-defined]
    assert ask("/api/v1/session", Cookie=cookie) == 200
    for other in ("elsewhere.example", f"elsewhere.example:{port}", f"localhost:{port + 1}", "127.0.0.1"):
        assert ask("/api/v1/session", Cookie=cookie, Host=other) == 404, other
        assert ask("/today", Host=other) == 404, other
    # No proxy is trusted here, so what one might say changes nothing.
    for name in ("X-Forwarded-Host", "X-Tenant", "X-Original-Host", "Forwarded"):
        assert ask("/api/v1/session", **{"Cookie": cookie, name: "host=elsewhere.example"}) == 200, name


def test_F12_nothing_that_a_frozen_person_held_works_any_more(house: House) -> None:
    who = house.field.substitute
    phone = key_phone(house, who)
    assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
    authenticator = Authenticator(origin=house.server.url)
    asked = phone.request("POST", "/passkeys/options", {}).json
    made = phone.request(
        "POST",
        "/passkeys",
        {
            "ceremony": asked["ceremony"],
            "credential": authenticator.make(asked["options"]),
            "label": "phone",
            "prf": True,
        },
    )
    assert made.status == 201, made.data
    pending = phone.request("POST", "/session/step-up/options", {}).json
    admin = desk(house, house.field.administrator)
    started = admin.request("POST", "/recoveries", {"person_id": who.id, "reason": "lost phone"}).json
    approved = (
        desk(house, house.field.manager).request("POST", f"/recoveries/{started['recovery_id']}/approve").json
    )

    def by_passkey() -> int:
        stranger = FakePhone(house.wire())
        question = stranger.request("POST", "/session/passkey/options", {}).json
        body = {"ceremony": question["ceremony"], "credential": authenticator.answer(question["options"])}
        return stranger.request("POST", "/session/passkey", body).status

    assert by_passkey() == 200, "it works while the person does"
    try:
        freeze(house, who)
        assert by_passkey() == 401
        answer = phone.request(
            "POST",
            "/session/step-up/passkey",
            {"ceremony": pending["ceremony"], "credential": authenticator.answer(pending["options"])},
        )
        assert (answer.status, answer.json["code"]) == (401, "frozen")
        recovered = FakePhone(house.wire()).request(
            "POST",
            "/session/recover",
            {
                "login": who.login,
                "code": started["half"] + approved["half"],
                "password": "a new password",
            },
        )
        assert recovered.status == 401
    finally:
        thaw(house, who)
    assert by_passkey() == 401, "a passkey that died stays dead"
    late = FakePhone(house.wire()).request(
        "POST",
        "/session/recover",
        {"login": who.login, "code": started["half"] + approved["half"], "password": "a new password"},
    )
    assert late.status == 401, "and so does a way back in"


def test_G4_a_preset_cookie_is_never_the_sign_ins(house: House) -> None:
    url = urlsplit(house.server.url)
    connection = http.client.HTTPConnection("127.0.0.1", url.port, timeout=20)
    body = f'{{"login": "{house.field.manager.login}", "password": "{PASSWORD}"}}'
    headers = {"Content-Type": "application/json", "Host": url.netloc, "Cookie": "routebook=preset"}
    connection.request("POST", "/api/v1/session", body, headers)
    first = connection.getresponse()
    first.read()
    given = str(first.getheader("Set-Cookie"))
    assert first.status == 200
    assert "preset" not in given
    assert "HttpOnly" in given
    assert "SameSite=Lax" in given
    # The victim's browser was given the attacker's own cookie: signing in gives another one.
    attacker = given.split(";")[0]
    connection.request("POST", "/api/v1/session", body, {**headers, "Cookie": attacker})
    second = connection.getresponse()
    second.read()
    assert str(second.getheader("Set-Cookie")).split(";")[0] != attacker
    connection.close()


def test_G5_guessing_is_slowed_across_a_restart_and_keeps_nobody_out(house: House) -> None:
    field = house.field
    owner = FakePhone(house.wire())
    guesser = FakePhone(house.wire())
    authenticator = Authenticator(origin=house.server.url)
    custodian = desk(house, field.custodian)
    asked = custodian.request("POST", "/passkeys/options", {}).json
    made = custodian.request(
        "POST",
        "/passkeys",
        {
            "ceremony": asked["ceremony"],
            "credential": authenticator.make(asked["options"]),
            "label": "key",
            "prf": False,
        },
    )
    assert made.status == 201, made.data
    wrong = {"login": field.custodian.login, "password": "not the password"}
    answers = [guesser.request("POST", "/session", wrong).status for _ in range(7)]
    assert answers[:5] == [401] * 5
    assert 429 in answers[5:]
    house.kill()
    house.server.start()
    slowed = guesser.request("POST", "/session", wrong)
    if slowed.status == 401:  # the start took longer than the wait: the count is still there
        slowed = guesser.request("POST", "/session", wrong)
    assert slowed.status == 429
    assert int(slowed.headers["retry-after"]) >= 1
    question = owner.request("POST", "/session/passkey/options", {}).json
    body = {"ceremony": question["ceremony"], "credential": authenticator.answer(question["options"])}
    assert owner.request("POST", "/session/passkey", body).status == 200, "a passkey is not in the way"
    assert (
        FakePhone(house.wire())
        .request("POST", "/session", {"login": field.supervisor.login, "password": PASSWORD})
        .status
        == 200
    ), "nor is anybody else"


def test_G6_who_works_here_is_not_told_by_answer_or_by_time(house: House) -> None:
    # The people of the tests have cheap hashes; this one has a real one, as in life.
    real = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4).hash(PASSWORD)
    house.tell(f"UPDATE person SET password_hash = '{real}' WHERE id = {house.field.far_driver.id}")
    known: list[float] = []
    unknown: list[float] = []
    answers = set()
    for number in range(4):
        for login, times in ((house.field.far_driver.login, known), (f"nobody{number}", unknown)):
            phone = FakePhone(house.wire())
            began = time.perf_counter()
            answer = phone.request("POST", "/session", {"login": login, "password": f"guess number {number}"})
            times.append(time.perf_counter() - began)
            answers.add((answer.status, answer.data))
    assert len(answers) == 1
    recoveries = {
        FakePhone(house.wire())
        .request("POST", "/session/recover", {"login": login, "code": "ABCD", "password": "a long password"})
        .data
        for login in (house.field.manager.login, "nobody")
    }
    assert len(recoveries) == 1
    options = [
        FakePhone(house.wire()).request("POST", "/session/passkey/options", {}).json["options"]
        for _ in range(2)
    ]
    assert all(not one.get("allowCredentials") for one in options), "nobody is named"
    assert 0.5 < statistics.median(unknown) / statistics.median(known) < 2.0


def test_every_freeze_and_what_was_refused_is_written_down(house: House) -> None:
    manager = desk(house, house.field.manager)
    before = len(refused(house))
    assert manager.request("POST", "/people/99999/freeze", {"reason": "x"}).status == 404
    entries = refused(house)
    assert len(entries) == before + 1
    assert entries[-1].person_id == house.field.manager.id
    house.assert_chain()
