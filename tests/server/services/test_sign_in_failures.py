"""G5: how long somebody waits after wrong passwords, and who does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.throttle import ACCOUNT, ADDRESS, ALL, FREE_TRIES, PAIR, wait_s
from server.extensions import clock
from server.models import SignIn, SignInFailure
from server.services import sign_in_failures
from server.services.sign_in_failures import Try, forget_failures, note_failure, wait_before
from tests.server.field import Field, build_field


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


def fail(count: int, login: str, address: str) -> None:
    for _ in range(count):
        note_failure(Try(login, address), now=clock.now())


def wait(session: Session, login: str, address: str) -> int:
    session.rollback()
    return wait_before(session, Try(login, address), now=clock.now())


def test_the_wait_doubles_up_to_its_longest_and_an_hour_forgets() -> None:
    now = clock.now()
    waits = [wait_s(PAIR, count, now, now) for count in range(FREE_TRIES, FREE_TRIES + 10)]
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    assert wait_s(PAIR, FREE_TRIES - 1, now, now) == 0
    assert wait_s(PAIR, 10_000, now, now) == 300
    assert wait_s(PAIR, 10_000, now, now + timedelta(minutes=61)) == 0
    assert wait_s(ACCOUNT, 10_000, now, now) == 60
    assert wait_s(ALL, 100_000, now, now) == 30


def test_one_address_that_tries_many_accounts_waits_and_others_do_not(field: Field, session: Session) -> None:
    for number in range(ADDRESS.free):
        fail(1, f"name{number}", "192.0.2.1")
    assert wait(session, "rep", "192.0.2.1") > 0
    assert wait(session, "rep", "192.0.2.2") == 0


def test_many_addresses_that_guess_at_one_account_wait_and_its_owner_does_not(
    field: Field, session: Session
) -> None:
    home, long_ago = "198.51.100.7", "198.51.100.8"
    for address, days in ((home, 3), (long_ago, 40)):
        session.add(
            SignIn(
                token_sha256=address,
                person_id=field.rep.id,
                created_at=clock.now() - timedelta(days=days),
                expires_at=clock.now(),
                address=address,
            )
        )
    session.commit()
    for number in range(ACCOUNT.free):
        fail(1, "rep", f"203.0.113.{number}")
    assert wait(session, "rep", "203.0.113.250") > 0, "one more address"
    assert wait(session, " ＲＥＰ ", "203.0.113.250") > 0, "however it is written"
    assert wait(session, "rep", home) == 0, "where they were of late"
    assert wait(session, "rep", long_ago) > 0
    assert wait(session, "other_rep", "203.0.113.250") == 0, "nobody else"


def test_a_right_password_forgets_the_pair_only(field: Field, session: Session) -> None:
    fail(FREE_TRIES, "rep", "192.0.2.1")
    assert wait(session, "rep", "192.0.2.1") > 0
    forget_failures(Try("rep", "192.0.2.1"))
    assert wait(session, "rep", "192.0.2.1") == 0
    assert len(session.scalars(select(SignInFailure)).all()) == 3


def test_what_is_kept_names_nobody_and_stays_small(
    field: Field, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in_failures, "MOST_KEPT", 20)
    for number in range(30):
        fail(1, f"my secret password {number}", f"192.0.2.{number}")
    session.rollback()
    kept = session.scalars(select(SignInFailure.key)).all()
    assert len(kept) <= 24
    assert all(len(key) == 64 and "secret" not in key for key in kept)
    clock.start_at(clock.now() + timedelta(hours=2))
    fail(1, "rep", "192.0.2.1")
    session.rollback()
    assert len(session.scalars(select(SignInFailure)).all()) == 4
