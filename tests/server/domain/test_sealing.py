"""What the key ring promises: sealed stays sealed, and opens only as what it is."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from server.domain.keyring import (
    INBOX_OPENS_FOR,
    INBOX_ROTATES_AFTER,
    WrongRing,
    inbox_is_due,
    new_ring,
    outlived,
    read_ring,
    rotated,
    without,
    write_ring,
)
from server.domain.sealing import PURPOSES, KeyRing, Unsealable, operation_info, seal_for_inbox

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
RING = new_ring(NOW)
OTHER = new_ring(NOW)


@given(st.binary(max_size=300))
def test_a_sealed_value_opens_and_shows_nothing_of_itself(value: bytes) -> None:
    sealed = RING.seal(value, "contact.phone")
    assert RING.unseal(sealed, "contact.phone") == value
    assert len(value) < 4 or value not in sealed


def test_the_same_value_is_never_sealed_the_same_way_twice() -> None:
    assert RING.seal(b"13812341234", "contact.phone") != RING.seal(b"13812341234", "contact.phone")


@pytest.mark.parametrize("place", range(0, 44, 3))
def test_an_altered_value_does_not_open(place: int) -> None:
    sealed = bytearray(RING.seal(b"13812341234", "contact.phone"))
    sealed[place] ^= 1
    with pytest.raises(Unsealable):
        RING.unseal(bytes(sealed), "contact.phone")


@pytest.mark.parametrize("cut", [1, 5, 17, 32])
def test_a_cut_value_does_not_open(cut: int) -> None:
    with pytest.raises(Unsealable):
        RING.unseal(RING.seal(b"13812341234", "contact.phone")[:cut], "contact.phone")


def test_a_value_moved_to_another_field_does_not_open() -> None:
    with pytest.raises(Unsealable):
        RING.unseal(RING.seal(b"13812341234", "contact.phone"), "contact.notes")


def test_another_ring_opens_nothing() -> None:
    with pytest.raises(Unsealable):
        OTHER.unseal(RING.seal(b"13812341234", "contact.phone"), "contact.phone")


def test_after_a_rotation_old_values_open_and_new_ones_have_the_new_key() -> None:
    before = RING.seal(b"x", "a.b")
    ring = rotated(RING, "field", NOW + timedelta(days=1))
    assert ring.unseal(before, "a.b") == b"x"
    assert not ring.seals_with(before)
    assert ring.seals_with(ring.seal(b"x", "a.b"))
    with pytest.raises(Unsealable):
        RING.unseal(ring.seal(b"x", "a.b"), "a.b")


def test_a_blind_index_is_the_same_for_one_number_and_differs_by_number_context_and_ring() -> None:
    index = RING.blind("+8613812341234", "phone")
    assert index == RING.blind("+8613812341234", "phone")
    others = {
        RING.blind("+8613812341235", "phone"),
        RING.blind("+8613812341234", "mail"),
        OTHER.blind("+8613812341234", "phone"),
    }
    assert len(others) == 3
    assert index not in others
    assert (len(index), RING.blind("", "phone")) == (32, "")


# --- what phones seal ----------------------------------------------------------------------------------------------

OPERATION, DEVICE = uuid.uuid4(), uuid.uuid4()
INFO = operation_info(OPERATION, DEVICE, "visit.record", 1)


def sealed_by_phone() -> tuple[str, bytes]:
    key = RING.current("inbox")
    return key.id, seal_for_inbox(key.public, b"packed", INFO)


def test_what_a_phone_seals_is_rfc_9180_with_the_encapsulated_key_first() -> None:
    key = RING.current("inbox")
    suite = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), key.public)
    sealed = suite.encrypt(b"packed", public, info=INFO)
    assert (len(key.public), key.public[0], sealed[0]) == (65, 4, 4)
    assert len(sealed) == 65 + len(b"packed") + 16
    assert RING.open(key.id, sealed, INFO) == b"packed"


def test_the_binding_is_spelled_as_the_contract_says() -> None:
    assert INFO.decode() == f"routebook operation 1|{OPERATION}|{DEVICE}|visit.record|1"


@pytest.mark.parametrize(
    "info",
    [
        operation_info(uuid.uuid4(), DEVICE, "visit.record", 1),
        operation_info(OPERATION, uuid.uuid4(), "visit.record", 1),
        operation_info(OPERATION, DEVICE, "outlet.note", 1),
        operation_info(OPERATION, DEVICE, "visit.record", 2),
    ],
    ids=["another operation", "another device", "another kind", "another schema"],
)
def test_a_body_opens_only_as_the_operation_it_was_sealed_for(info: bytes) -> None:
    key_id, sealed = sealed_by_phone()
    with pytest.raises(Unsealable):
        RING.open(key_id, sealed, info)


@pytest.mark.parametrize("cut", [0, 1, 64, 65, 80])
def test_a_cut_body_does_not_open(cut: int) -> None:
    key_id, sealed = sealed_by_phone()
    with pytest.raises(Unsealable):
        RING.open(key_id, sealed[:cut], INFO)


def test_a_body_whose_point_is_none_does_not_open() -> None:
    key_id, sealed = sealed_by_phone()
    with pytest.raises(Unsealable):
        RING.open(key_id, b"\x04" + bytes(64) + sealed[65:], INFO)


def test_a_key_that_is_not_there_opens_nothing() -> None:
    _, sealed = sealed_by_phone()
    with pytest.raises(Unsealable):
        RING.open("inbox-00000000", sealed, INFO)
    with pytest.raises(Unsealable):
        RING.open(RING.current("field").id, sealed, INFO)


# --- checkpoints ---------------------------------------------------------------------------------------------------


def test_a_signature_holds_for_its_words_and_its_key_only() -> None:
    key_id, signature = RING.sign(b"seq 7")
    assert RING.verify(key_id, b"seq 7", signature)
    assert not RING.verify(key_id, b"seq 8", signature)
    assert not RING.verify(key_id, b"seq 7", signature[:-1] + bytes([signature[-1] ^ 1]))
    assert not OTHER.verify(key_id, b"seq 7", signature)
    assert rotated(RING, "checkpoint", NOW).verify(key_id, b"seq 7", signature)


# --- the ring itself -----------------------------------------------------------------------------------------------


def test_a_ring_is_read_as_it_was_written() -> None:
    ring = rotated(rotated(RING, "inbox", NOW), "field", NOW)
    assert read_ring(write_ring(ring)) == ring


def test_nothing_that_names_a_ring_shows_a_secret() -> None:
    for key in RING.keys:
        assert key.secret.hex() not in f"{RING!r}{key!r}"
        assert repr(key.secret) not in f"{RING!r}{key!r}"


def test_the_inbox_key_changes_after_thirty_days_and_the_old_one_opens_for_four_hundred_more() -> None:
    assert not inbox_is_due(RING, NOW + INBOX_ROTATES_AFTER - timedelta(seconds=1))
    later = NOW + INBOX_ROTATES_AFTER
    assert inbox_is_due(RING, later)
    ring = rotated(RING, "inbox", later)
    key_id, sealed = sealed_by_phone()
    assert ring.open(key_id, sealed, INFO) == b"packed"
    end = later + INBOX_OPENS_FOR
    assert outlived(ring, end - timedelta(seconds=1)) == ()
    assert [key.id for key in outlived(ring, end)] == [key_id]
    with pytest.raises(Unsealable):
        without(ring, key_id).open(key_id, sealed, INFO)


def test_a_current_key_is_never_taken_out() -> None:
    assert without(RING, RING.current("inbox").id) == RING


def spoiled(**changes: object) -> str:
    value = json.loads(write_ring(RING))
    value["keys"][0].update(changes)
    return json.dumps(value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"form": 2, "keys": []}',
        '{"form": 1, "keys": []}',
        '{"form": 1, "keys": [7]}',
        spoiled(id="field-1"),
        spoiled(id="blind-00000000"),
        spoiled(purpose="lock"),
        spoiled(state="new"),
        spoiled(state="old"),
        spoiled(secret="c2hvcnQ="),
        spoiled(secret="not base64"),
        spoiled(created_at="yesterday"),
        spoiled(created_at="2026-11-23T00:00:00"),
        write_ring(KeyRing((*RING.keys, *OTHER.keys))),
    ],
)
def test_what_is_no_ring_is_refused_in_words_without_a_secret(text: str) -> None:
    with pytest.raises(WrongRing) as wrong:
        read_ring(text)
    assert not any(entry["secret"] in str(wrong.value) for entry in json.loads(write_ring(RING))["keys"])


def test_every_purpose_has_one_current_key_in_a_new_ring() -> None:
    assert [key.purpose for key in RING.keys] == list(PURPOSES)
    assert {key.state for key in RING.keys} == {"current"}
