"""Batches of phones take turns, and one that waits holds nothing."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.orm import Session

from server.errors import Busy
from server.services import turns


def test_a_batch_that_gets_no_turn_in_time_is_told_to_come_again(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_WAIT_OF_BATCH_S", 0.01)
    name = session.get_bind().dialect.name
    monkeypatch.setitem(turns.BATCHES, name, threading.BoundedSemaphore(1))

    with turns.turn_of_batch(session), pytest.raises(Busy), turns.turn_of_batch(session):
        pass

    with turns.turn_of_batch(session):  # the turn was given back
        pass


def test_a_turn_comes_back_when_a_batch_fails(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(turns.BATCHES, session.get_bind().dialect.name, threading.BoundedSemaphore(1))

    with pytest.raises(ValueError, match="broke"), turns.turn_of_batch(session):
        raise ValueError("broke")

    with turns.turn_of_batch(session):
        pass


def test_who_waits_for_a_turn_holds_no_transaction(session: Session) -> None:
    session.connection()

    with turns.turn_of_batch(session):
        assert not session.in_transaction()
