"""Early warning: what is said, and of whom nothing is."""

from __future__ import annotations

from dataclasses import replace

from server.domain.warnings import PersonWeeks, StoreFacts, person_warning, store_signals
from tests.leak_patterns import crew

QUIET = PersonWeeks(1, (1,) * 20, (5,) * 20, (0,) * 20, (8.0, 9.0) * 10, (10.0, 11.0) * 10)
PEERS = [replace(QUIET, person_id=number) for number in range(2, 9)]


def kinds(person: PersonWeeks, peers: list[PersonWeeks] = PEERS) -> list[str]:
    return sorted(one.kind for one in person_warning(person, peers).signals)


def test_who_works_as_ever_is_not_spoken_of() -> None:
    assert person_warning(QUIET, PEERS) == person_warning(QUIET, [])
    assert person_warning(QUIET, PEERS).look is False
    assert kinds(QUIET) == []


def test_rising_reveals_are_told_with_what_is_usual_and_what_peers_did() -> None:
    person = replace(QUIET, reveals=(5,) * 16 + (15,) * 4)
    (signal,) = person_warning(person, PEERS).signals
    assert (signal.kind, signal.seen, signal.usual, signal.peers) == ("reveals", 60.0, 20.0, 20.0)


def test_what_everybody_does_in_the_same_weeks_is_no_signal() -> None:
    person = replace(QUIET, reveals=(5,) * 16 + (15,) * 4, visit_minutes=(10.0, 11.0) * 8 + (6.0, 6.5) * 2)
    peers = [replace(person, person_id=one.person_id) for one in PEERS]
    assert kinds(person, peers) == []
    assert kinds(person) == ["reveals", "visit_minutes"]


def test_one_weak_signal_is_shown_and_two_are_worth_a_look() -> None:
    one = replace(QUIET, reveals=(5,) * 16 + (9,) * 4)
    assert (kinds(one), person_warning(one, PEERS).look) == (["reveals"], False)
    two = replace(one, note_words=(8.0, 9.0) * 8 + (3.0, 3.5) * 2)
    assert (kinds(two), person_warning(two, PEERS).look) == (["note_words", "reveals"], True)


def test_a_new_colleague_has_no_habit_to_differ_from() -> None:
    new = PersonWeeks(9, (9,) * 5, (90,) * 5, (3,) * 5, (1.0,) * 5, (1.0,) * 5)
    assert kinds(new) == []


def test_planted_patterns_are_found_and_few_others_are_named() -> None:
    """A small sample; the figures are `make bench ONLY=leaver.warning`."""
    people, planted = crew(5, people=60, leaking=12)
    named = {
        one.person_id
        for one in people
        if person_warning(one, [peer for peer in people if peer is not one]).look
    }
    assert len(named & planted.keys()) >= 10
    assert len(named - planted.keys()) <= 2


def test_a_stores_rhythm_lines_refusals_and_edits_are_told() -> None:
    steady = StoreFacts(1, gaps=(7, 7, 8, 6, 7), since_order=8, lines_before=6, lines_now=5.5)
    assert store_signals(steady) == ()
    slow = replace(steady, since_order=20, lines_now=2.0, refused=2, edits=1)
    assert [one.kind for one in store_signals(slow)] == [
        "rhythm_slows", "lines_dropped", "visits_refused", "card_edited",
    ]  # fmt: skip
    assert store_signals(StoreFacts(1, (7, 7), 90, 1, 0)) == (), "too little is known"
