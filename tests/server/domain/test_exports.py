"""Who signs an export, in which duty, and what a signature stands for."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.exports import (
    Asked,
    Signature,
    Signer,
    check_fields,
    duties_needed,
    duty_of,
    file_name,
    is_released,
    scope_sha256,
    watermark,
)

BOTH = frozenset(("approver", "keeper"))
ONE = frozenset(("approver",))
HOME, OFFICE = uuid4(), uuid4()
CELLS = st.lists(st.lists(st.text(max_size=5), min_size=2, max_size=2), max_size=4)


def refusal(asked: Asked, signer: Signer, given: list[Signature]) -> str:
    with pytest.raises(DomainError) as caught:
        duty_of(asked, signer, given)
    return caught.value.rule


def test_numbers_and_strict_outlets_need_a_keeper_and_a_custodian_may_add_fields():
    assert duties_needed(["code", "contact_name"], {}, ["normal", "secret"]) == ONE
    assert duties_needed(["contact_phone"], {}, ["normal"]) == BOTH
    assert duties_needed(["code"], {}, ["normal", "top_secret"]) == BOTH
    assert duties_needed(["address"], {"address": "top_secret"}, ["normal"]) == BOTH


def test_a_manager_approves_and_a_custodian_keeps():
    asked = Asked(1, HOME, BOTH)
    assert duty_of(asked, Signer(2, OFFICE, {"manager"}), []) == "approver"
    assert duty_of(asked, Signer(3, OFFICE, {"custodian"}), []) == "keeper"
    assert refusal(asked, Signer(4, OFFICE, {"supervisor", "administrator"}), []) == "not_your_duty"
    assert refusal(Asked(1, HOME, ONE), Signer(3, OFFICE, {"custodian"}), []) == "not_your_duty"


def test_one_person_never_holds_two_duties_for_one_file():
    asked = Asked(1, HOME, BOTH)
    everything = {"manager", "custodian"}
    assert refusal(asked, Signer(1, OFFICE, everything), []) == "own_request"
    assert refusal(asked, Signer(2, HOME, everything), []) == "asked_on_this_device"
    first = duty_of(asked, Signer(2, OFFICE, everything), [])
    assert refusal(asked, Signer(2, OFFICE, everything), [Signature(2, first, "x")]) == "signed_already"


def test_a_desk_without_a_device_signs_what_was_asked_without_one():
    assert duty_of(Asked(1, None, ONE), Signer(2, None, {"manager"}), []) == "approver"


def test_a_file_is_released_by_every_duty_and_not_by_two_of_one():
    signed = [Signature(2, "approver", "x")]
    assert is_released(ONE, signed)
    assert not is_released(BOTH, [*signed, Signature(3, "approver", "x")])
    assert is_released(BOTH, [*signed, Signature(3, "keeper", "x")])


@given(CELLS, CELLS)
def test_two_scopes_have_one_digest_only_when_every_cell_is_the_same(
    left: list[list[str]], right: list[list[str]]
):
    digests = {scope_sha256({"words": ""}, ["code", "name"], "csv", ONE, rows) for rows in (left, right)}
    assert (len(digests) == 1) == (left == right)


def test_the_question_the_form_and_the_signatures_it_needs_are_part_of_the_scope():
    rows = [["a", "b"]]
    digests = {
        scope_sha256({"words": ""}, ["code", "name"], "csv", ONE, rows),
        scope_sha256({"words": "x"}, ["code", "name"], "csv", ONE, rows),
        scope_sha256({"words": ""}, ["name", "code"], "csv", ONE, rows),
        scope_sha256({"words": ""}, ["code", "name"], "xlsx", ONE, rows),
        scope_sha256({"words": ""}, ["code", "name"], "csv", BOTH, rows),
    }
    assert len(digests) == 5


def test_a_field_that_no_card_has_or_that_comes_twice_is_named():
    check_fields(["code", "contact_phone"])
    for fields, field in ((["code", "password_hash"], "fields.1"), (["code", "name", "code"], "fields.2")):
        with pytest.raises(DomainError) as caught:
            check_fields(fields)
        assert caught.value.field == field


def test_the_mark_says_who_and_when_and_the_name_of_the_file_is_the_servers():
    key, at = UUID("0193a2b4-0000-7000-8000-00000000abcd"), datetime(2026, 11, 23, 1, 2, tzinfo=UTC)
    assert watermark("陈桂英", "rep1", key, at) == "陈桂英 · rep1 · 00000000abcd · 2026-11-23 01:02Z"
    assert file_name(key, at, "xlsx") == "routebook-20261123-00000000abcd.xlsx"
