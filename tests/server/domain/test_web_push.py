"""Messages to browsers: RFC 8291's own example to the byte, and the signature of RFC 8292 opened again."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from server.domain.errors import DomainError
from server.domain.web_push import MOST_PLAIN, Browser, base64url, encrypted, from_base64url, point_of, vapid

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


def raw(text: str) -> bytes:
    return from_base64url("x", text)


# RFC 8291, section 5 and appendix A.
OURS = ec.derive_private_key(
    int.from_bytes(raw("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"), "big"), ec.SECP256R1()
)
THEIRS = Browser(
    raw("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"),
    raw("BTBZMqHH6r4Tts7J_aSIgg"),
)
SALT = raw("DGv6ra1nlYgDCS1FRnbzlw")
PLAIN = b"When I grow up, I want to be a watermelon"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def test_the_example_of_the_standard_comes_out_to_the_byte():
    assert base64url(encrypted(PLAIN, THEIRS, once=OURS, salt=SALT)) == BODY


def test_what_is_longer_than_our_messages_are_is_refused():
    with pytest.raises(DomainError, match="at_most"):
        encrypted(b"x" * (MOST_PLAIN + 1), THEIRS, once=OURS, salt=SALT)


@pytest.mark.parametrize(
    ("public_key", "secret"),
    [(b"\x04" + b"\x01" * 64, b"s" * 16), (b"\x02" * 33, b"s" * 16), (THEIRS.public_key, b"s" * 15)],
)
def test_keys_that_are_none_are_refused(public_key: bytes, secret: bytes):
    with pytest.raises(DomainError):
        Browser(public_key, secret)


def test_the_signature_names_the_push_service_and_us_and_holds_half_a_day():
    header = vapid("https://push.example.net/abc?d=1", OURS, contact="mailto:it@example.com", now=NOW)
    scheme, _, rest = header.partition(" ")
    words = dict(part.strip().split("=", 1) for part in rest.split(","))
    head, claims, signature = words["t"].split(".")
    assert scheme == "vapid"
    assert json.loads(raw(head)) == {"typ": "JWT", "alg": "ES256"}
    assert json.loads(raw(claims)) == {
        "aud": "https://push.example.net", "exp": int(NOW.timestamp()) + 43_200, "sub": "mailto:it@example.com",
    }  # fmt: skip
    both = raw(signature)
    made = encode_dss_signature(int.from_bytes(both[:32], "big"), int.from_bytes(both[32:], "big"))
    key = point_of(raw(words["k"]))
    key.verify(made, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
    with pytest.raises(InvalidSignature):
        key.verify(made, f"{head}.{claims}x".encode(), ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize("text", ["a b", "ä", "*", "abcde"])
def test_text_that_is_no_base64url_is_refused(text: str):
    with pytest.raises(DomainError, match="format"):
        from_base64url("secret", text)
