"""F1: every door × every role × an object of one's own and one of another's. A foreign object is not there, and that
somebody asked for it is written down.

New doors with an id in their address are held to it: a rule without a line in OBJECTS fails the first test.
"""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.api.access import PUBLIC, SIGNED_IN, access_of
from server.domain.permission import PERMISSIONS, ROLES
from server.extensions import clock
from server.models import (
    Absence,
    Announcement,
    AnnouncementReceipt,
    AuditEntry,
    Case,
    Device,
    Operation,
    Passkey,
    Person,
    PersonRole,
    PersonTerritory,
    Recovery,
    Task,
)
from tests.server.api.test_access import doors
from tests.server.fake_phone import ClientWire, FakePhone, uuid7
from tests.server.field import BEGAN, PASSWORD, PASSWORD_HASH, Field, Who, build_field

ABSENT = "0193a2b4-0000-7000-8000-00000000dead"


@dataclass
class World:
    """A company in two territories. Supervisor and manager work for the near one; everything `far` is another's."""

    field: Field
    app: Flask
    ids: dict[str, tuple[Any, Any]]
    people: dict[str, Who]
    phones: dict[str, FakePhone] = field(default_factory=dict)

    def as_role(self, role: str) -> FakePhone:
        """Somebody of this role, who has just proved to be there."""
        phone = self.phones.get(role)
        if phone is None:
            phone = self.phones[role] = FakePhone(ClientWire(self.app.test_client()))
            who = self.people[role]
            assert phone.request("POST", "/session", {"login": who.login, "password": PASSWORD}).status == 200
            assert phone.request("POST", "/session/step-up", {"password": PASSWORD}).status == 200
        return phone


def order_to_review(app: Flask, near: Field, who: Who, outlet_id: int) -> UUID:
    """An order that waits for a person, because its price is not the list's."""
    phone = FakePhone(ClientWire(app.test_client()))
    phone.sign_in(who)
    sku = near.skus[0]
    body = phone.visit(outlet_id, counts={sku: (3, 4)}, lines=[(sku, 12, 24, near.prices[sku] - 1)])
    saved = phone.save("visit.record", body)
    phone.push()
    assert phone.result(saved)["status"] == "applied"
    return UUID(body["order"]["order_id"])


def quarantined(session: Session, person_id: int, device_id: UUID) -> UUID:
    operation_id = UUID(uuid7(clock.now()))
    session.add(
        Operation(
            id=operation_id,
            device_id=device_id,
            person_id=person_id,
            seq=1,
            kind="visit.record",
            schema=1,
            captured_at=clock.now(),
            offset_ms=0,
            received_at=clock.now(),
            body=b"x",
            body_sha256="0" * 64,
            state="quarantined",
        )
    )
    return operation_id


@pytest.fixture
def world(app: Flask, session: Session) -> World:
    near = build_field(session)
    auditor = Person(
        login="auditor",
        name="审计",
        password_hash=PASSWORD_HASH,
        created_at=BEGAN,
        roles=[PersonRole(role="auditor", valid_from=BEGAN.date())],
    )
    session.add(auditor)
    session.flush()
    people = {
        "rep": near.rep,
        "driver": near.driver,
        "supervisor": near.supervisor,
        "manager": near.manager,
        "custodian": near.custodian,
        "administrator": near.administrator,
        "auditor": Who(auditor.id, "auditor"),
    }
    for who in (near.supervisor, near.manager):
        session.add(PersonTerritory(person_id=who.id, territory_id=near.territory, valid_from=BEGAN.date()))
    devices = {}
    for who in (near.other_rep, near.far_rep):
        devices[who.id] = UUID(uuid7(clock.now()))
        session.add(
            Device(
                id=devices[who.id],
                person_id=who.id,
                created_at=clock.now(),
                last_seen_at=clock.now(),
                lost=[],
            )
        )
    keys = [
        Passkey(
            person_id=who.id,
            credential_id=bytes([number]) * 16,
            public_key=b"k",
            sign_count=0,
            created_at=clock.now(),
        )
        for number, who in enumerate((near.rep, near.far_rep))
    ]
    session.add_all(keys)
    recovery = Recovery(
        person_id=near.rep.id,
        reason="x",
        started_by=near.administrator.id,
        started_at=clock.now(),
        first_half_hash="x",
        expires_at=clock.now() + timedelta(days=1),
    )
    session.add(recovery)
    session.flush()
    operations = [quarantined(session, who, devices[who]) for who in (near.other_rep.id, near.far_rep.id)]
    session.commit()
    orders = [
        order_to_review(app, near, near.rep, near.outlets[0]),
        order_to_review(app, near, near.far_rep, near.far_outlets[0]),
    ]
    absences = [
        Absence(
            person_id=who.id,
            first_day=date(2030, 1, 1),
            last_day=date(2030, 1, 2),
            reason="leave",
            made_at=clock.now(),
        )
        for who in (near.other_rep, near.far_rep)
    ]
    cases = [
        Case(
            outlet_id=outlet_id,
            kind="complaint",
            text="x",
            state="open",
            opened_by=near.manager.id,
            opened_at=clock.now(),
        )
        for outlet_id in (near.outlets[0], near.far_outlets[0])
    ]
    told = [
        Announcement(
            title="x", text="x", roles=["rep"], territory_ids=[territory], starts_at=BEGAN,
            ends_at=clock.now() + timedelta(days=9), made_by=near.administrator.id, made_at=BEGAN,
        )
        for territory in (near.territory, near.far_territory)
    ]  # fmt: skip
    tasks = [
        Task(
            kind="spot_check",
            outlet_id=outlet_id,
            assignee_id=who.id,
            created_at=clock.now(),
        )
        for outlet_id, who in ((near.outlets[0], near.rep), (near.far_outlets[0], near.far_rep))
    ]
    session.add_all([*absences, *cases, *told, *tasks])
    session.flush()
    session.add_all(
        AnnouncementReceipt(announcement_id=told[0].id, person_id=who.id) for who in people.values()
    )
    session.commit()
    ids: dict[str, tuple[Any, Any]] = {
        "task": (tasks[0].id, tasks[1].id),
        "case": (cases[0].id, cases[1].id),
        "absence": (absences[0].id, absences[1].id),
        "route": (near.route, near.far_route),
        "announcement": (told[0].id, told[1].id),
        "order": (orders[0], orders[1]),
        "device": (devices[near.other_rep.id], devices[near.far_rep.id]),
        "operation": (operations[0], operations[1]),
        "passkey": (keys[0].id, keys[1].id),
        "person": (near.other_rep.id, near.far_rep.id),
        "recovery": (recovery.id, 99999),
    }
    return World(near, app, ids, people)


@dataclass(frozen=True)
class Door:
    """How to ask at a door for an object. `narrowed`: the roles for which the far object is foreign; for the others
    only an absent one is."""

    noun: str
    narrowed: frozenset[str] = frozenset()
    body: Callable[[World, Any], Any] | None = None


DESK = frozenset({"supervisor", "manager"})
OBJECTS: dict[tuple[str, str], Door] = {
    ("GET", "/api/v1/routes/<int:route_id>"): Door("route", DESK),
    ("POST", "/api/v1/routes/<int:route_id>/assignments"): Door(
        "route",
        DESK,
        lambda world, _: {
            "role": "rep",
            "holder_id": world.field.substitute.id,
            "starts_at": "2030-01-01T00:00:00Z",
            "ends_at": "2030-01-02T00:00:00Z",
            "kind": "substitution",
        },
    ),
    ("PUT", "/api/v1/routes/<int:route_id>/days/<int:weekday>"): Door(
        "route", DESK, lambda *_: {"stops": [], "version": 999, "day": "2030-01-01"}
    ),
    ("DELETE", "/api/v1/devices/<uuid:device_id>"): Door("device", DESK),
    ("POST", "/api/v1/devices/<uuid:device_id>/approve"): Door("device", DESK),
    ("POST", "/api/v1/operations/<uuid:operation_id>/decide"): Door(
        "operation", DESK, lambda *_: {"decision": "replay", "note": ""}
    ),
    ("POST", "/api/v1/orders/<uuid:order_id>/review"): Door("order", DESK, lambda *_: {"accept": False}),
    ("GET", "/api/v1/live/people/<int:person_id>"): Door("person", DESK),
    ("DELETE", "/api/v1/passkeys/<int:passkey_id>"): Door("passkey", frozenset({"rep"})),
    ("POST", "/api/v1/recoveries/<int:recovery_id>/approve"): Door("recovery"),
    ("POST", "/api/v1/tasks/<int:task_id>/complete"): Door(
        "task", DESK | {"rep"}, lambda *_: {"outcome": "not_reached"}
    ),
    ("POST", "/api/v1/tasks/<int:task_id>/cancel"): Door("task", DESK),
    ("GET", "/api/v1/cases/<int:case_id>/log"): Door("case", DESK),
    ("PUT", "/api/v1/cases/<int:case_id>"): Door("case", DESK, lambda *_: {"state": "waiting"}),
    ("PUT", "/api/v1/absences/<int:absence_id>/substitution"): Door(
        "absence", DESK, lambda world, _: {"stand_in": world.field.substitute.id}
    ),
    ("DELETE", "/api/v1/absences/<int:absence_id>/substitution"): Door("absence", DESK),
    ("DELETE", "/api/v1/absences/<int:absence_id>"): Door("absence", DESK),
    ("GET", "/api/v1/announcements/<int:announcement_id>/readers"): Door("announcement", DESK),
    ("POST", "/api/v1/announcements/<int:announcement_id>/withdraw"): Door("announcement", DESK),
    # It went to nobody of these people, so it is not there for any of them.
    ("POST", "/api/v1/announcements/<int:announcement_id>/read"): Door("announcement", frozenset(ROLES)),
}
# Objects of rooms with tests of their own for whose they are; here only that an absent one is not there.
ELSEWHERE = re.compile(
    r"/(exports|imports|agreements|alerts|audit|requests|proposals|reveals|uploads|access-reviews|people|plans"
    r"|departures|jobs|retention|warnings|kpis)/"
)


def object_doors(app: Flask) -> list[tuple[str, str, str]]:
    return [
        (method, rule, endpoint) for method, rule, endpoint in doors(app) if "<" in rule and "/api/" in rule
    ]


def address(rule: str, value: Any) -> str:
    """The rule with the object's id in its first place, and something plausible in the others."""
    filled = re.sub(r"<(int|uuid):[^>]+>", str(value), rule, count=1)
    filled = re.sub(r"<int:[^>]+>", "0", filled)
    return re.sub(r"<[^>]+>", "rep", filled).removeprefix("/api/v1")


def may(role: str, word: str | None) -> bool:
    return word == SIGNED_IN or (word in PERMISSIONS and role in PERMISSIONS[str(word)])


def test_every_door_with_an_object_is_in_the_matrix(app: Flask) -> None:
    missing = [
        (method, rule)
        for method, rule, endpoint in object_doors(app)
        if (method, rule) not in OBJECTS
        and not ELSEWHERE.search(rule)
        and access_of(app, endpoint, method) != PUBLIC
    ]
    assert missing == []


def test_F1_a_foreign_object_is_not_there_for_any_role_at_any_door_and_the_asking_is_written_down(
    world: World, session: Session
) -> None:
    walked = 0
    for (method, rule), door in OBJECTS.items():
        endpoint = next(e for m, r, e in object_doors(world.app) if (m, r) == (method, rule))
        word = access_of(world.app, endpoint, method)
        for role in ROLES:
            phone = world.as_role(role)
            foreign = world.ids[door.noun][1]
            absent = ABSENT if isinstance(foreign, UUID) else 987654
            for value in (foreign, absent) if role in door.narrowed else (absent,):
                body = door.body(world, value) if door.body else {}
                before = _refusals(session)
                answer = phone.request(method, address(rule, value), body)
                expected = 404 if may(role, word) else 403
                assert answer.status == expected, (role, method, rule, value, answer.data)
                assert _refusals(session) == before + 1, (role, method, rule)
                walked += 1
    assert walked > 60


def test_an_own_object_is_there_for_every_role_that_may(world: World) -> None:
    for (method, rule), door in OBJECTS.items():
        endpoint = next(e for m, r, e in object_doors(world.app) if (m, r) == (method, rule))
        word = access_of(world.app, endpoint, method)
        for role in ROLES:
            if door.noun == "passkey" and role != "rep":
                continue
            body = door.body(world, world.ids[door.noun][0]) if door.body else {}
            answer = world.as_role(role).request(method, address(rule, world.ids[door.noun][0]), body)
            if may(role, word):
                assert answer.status not in (401, 404, 500), (role, method, rule, answer.data)
            else:
                assert answer.status == 403, (role, method, rule)


def test_an_absent_object_is_the_same_at_every_other_door(world: World, session: Session) -> None:
    """404, or 422 where the body is asked for first, and never the failure of a server."""
    for method, rule, endpoint in object_doors(world.app):
        if (method, rule) in OBJECTS or access_of(world.app, endpoint, method) == PUBLIC:
            continue
        word = access_of(world.app, endpoint, method)
        value = 987654 if "<int:" in rule.split(">")[0] + ">" else ABSENT
        for role in ROLES:
            answer = world.as_role(role).request(method, address(rule, value), {})
            wanted = {404, 409, 415, 422} if may(role, word) else {403}
            assert answer.status in wanted, (role, method, rule, answer.status, answer.data)


FOREIGN_BODIES: list[tuple[str, str, frozenset[str], Callable[[World], Any]]] = [
    ("POST", "/daybook/borrow", frozenset({"rep", "driver", "supervisor"}),
     lambda world: {"outlet_id": world.field.far_outlets[0], "reason": "owner_called"}),
    ("POST", "/routes", DESK,
     lambda world: {"code": "X9", "name": "x", "name_en": "", "territory_id": world.field.far_territory}),
    ("POST", "/routes/order", DESK,
     lambda world: {"outlet_ids": [world.field.outlets[0], world.field.far_outlets[0]]}),
    ("POST", "/cases", DESK,
     lambda world: {"outlet_id": world.field.far_outlets[0], "kind": "complaint", "text": "x"}),
    ("POST", "/tasks", DESK,
     lambda world: {"outlet_id": world.field.far_outlets[0], "kind": "call_back"}),
    ("POST", "/interactions", DESK,
     lambda world: {"outlet_id": world.field.far_outlets[0], "kind": "call", "text": "x"}),
    ("POST", "/absences", DESK,
     lambda world: {"person_id": world.field.far_rep.id, "first_day": "2030-02-01", "last_day": "2030-02-01"}),
    ("POST", "/announcements", DESK,
     lambda world: {"title": "x", "text": "x", "roles": ["rep"], "ends_at": "2030-01-01T00:00:00Z",
                    "territory_ids": [world.field.far_territory]}),
    ("PUT", "/holidays", frozenset({"manager"}),
     lambda world: {"territory_id": world.field.far_territory, "day": "2030-02-01"}),
]  # fmt: skip


def test_F1_a_foreign_object_named_in_a_body_is_not_there_either(world: World, session: Session) -> None:
    for method, path, roles, body in FOREIGN_BODIES:
        for role in sorted(roles):
            before = _refusals(session)
            answer = world.as_role(role).request(method, path, body(world))
            assert answer.status == 404, (role, path, answer.data)
            assert _refusals(session) == before + 1


def test_lists_hold_nothing_of_another_territory(world: World) -> None:
    near, far = world.field, world.field.far_route
    for role in sorted(DESK):
        phone = world.as_role(role)
        assert [one["id"] for one in phone.request("GET", "/territories").json] == [near.territory]
        assert far not in [one["id"] for one in phone.request("GET", "/routes").json]
        outlets = phone.request("GET", "/outlets?limit=200").json["outlets"]
        assert {one["id"] for one in outlets}.isdisjoint(near.far_outlets)
        assert {one["id"] for one in outlets} >= set(near.outlets)
        waiting = {one["id"] for one in phone.request("GET", "/operations/quarantined").json["operations"]}
        assert waiting == {str(world.ids["operation"][0])}
        listed = {one["id"] for one in phone.request("GET", "/devices").json["devices"]}
        assert str(world.ids["device"][1]) not in listed
    everything = world.as_role("administrator")
    assert far in [one["id"] for one in everything.request("GET", "/routes").json]


def test_F1_a_rep_reads_no_card_of_another_territory(world: World) -> None:
    foreign = ",".join(map(str, world.field.far_outlets))
    rep = world.as_role("rep")
    answer = rep.request("GET", f"/daybook/pages?cards={foreign}")
    assert (answer.status, answer.json["cards"]) == (200, [])


def test_F1_a_foreign_object_takes_no_other_time_than_an_absent_one(world: World) -> None:
    supervisor = world.as_role("supervisor")
    times: dict[str, list[float]] = {"foreign": [], "absent": []}
    for _ in range(15):
        for kind, value in (("foreign", world.field.far_route), ("absent", 987654)):
            began = time.perf_counter()
            supervisor.request("GET", f"/routes/{value}")
            times[kind].append(time.perf_counter() - began)
    ratio = statistics.median(times["foreign"]) / statistics.median(times["absent"])
    assert 0.4 < ratio < 2.5


def _refusals(session: Session) -> int:
    session.rollback()
    return len(session.scalars(select(AuditEntry.seq).where(AuditEntry.deed == "access.refused")).all())
