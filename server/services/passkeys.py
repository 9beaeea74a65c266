"""Passkeys (WebAuthn): registered by somebody who is signed in, used to sign in and to prove again who is there.

Which authenticator it is does not matter here, so no attestation is asked for; that its owner was verified
(fingerprint, face, PIN) does.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from server.errors import Conflict, FieldError, Invalid, NotFound
from server.models import Passkey, Person
from server.services import audit
from server.services.ceremonies import Asked, begin, take
from server.services.people import get_person
from server.services.session import WrongSignIn, WrongStepUp, note_step_up, open_sign_in
from server.services.transaction import deed

MOST_PASSKEYS: Final = 10


@dataclass(frozen=True, slots=True)
class Party:
    """The house as browsers know it: the name that passkeys are bound to, and the address of its pages."""

    rp_id: str
    origin: str
    name: str = "Routebook"


@dataclass(frozen=True, slots=True)
class PasskeyView:
    id: int
    label: str
    prf: bool
    backed_up: bool
    created_at: datetime
    last_used_at: datetime | None


def find_passkeys(session: Session, person_id: int) -> list[PasskeyView]:
    """A person's live passkeys, oldest first."""
    return [
        PasskeyView(row.id, row.label, row.prf, row.backed_up, row.created_at, row.last_used_at)
        for row in _live(session, person_id)
    ]


def _live(session: Session, person_id: int) -> list[Passkey]:
    query = (
        select(Passkey)
        .where(Passkey.person_id == person_id, Passkey.ended_at.is_(None))
        .order_by(Passkey.id)
        .limit(MOST_PASSKEYS)
    )
    return list(session.scalars(query))


@deed
def ask_registration(session: Session, *, person_id: int, party: Party, now: datetime) -> Asked:
    """Begin the registration of a passkey. Errors: Conflict `too_many_passkeys`."""
    person = get_person(session, person_id)
    there = _live(session, person_id)
    if len(there) >= MOST_PASSKEYS:
        raise Conflict("too_many_passkeys")
    if person.passkey_handle is None:
        person.passkey_handle = secrets.token_bytes(32)
    options = generate_registration_options(
        rp_id=party.rp_id,
        rp_name=party.name,
        user_id=person.passkey_handle,
        user_name=person.login,
        user_display_name=person.name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[_described(row) for row in there],
    )
    words = json.loads(options_to_json(options))
    return begin(session, "register", person_id, options.challenge, words, now)


@deed
def register(
    session: Session,
    *,
    ceremony: str,
    credential: Mapping[str, object],
    label: str,
    prf: bool,
    person_id: int,
    party: Party,
    now: datetime,
) -> PasskeyView:
    """Keep a passkey. Errors: Invalid where the answer is not one to the question that was asked."""
    challenge = take(session, ceremony, "register", person_id, now)
    if challenge is None:
        raise Invalid(errors=[FieldError("ceremony", "over")])
    try:
        made = verify_registration_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        raise Invalid(errors=[FieldError("credential", "not_believed")]) from None
    if session.scalar(select(Passkey.id).where(Passkey.credential_id == made.credential_id)) is not None:
        raise Conflict("passkey_taken")
    row = Passkey(
        person_id=person_id,
        credential_id=made.credential_id,
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        label=label,
        transports=_transports(credential),
        prf=prf,
        backed_up=made.credential_backed_up,
        created_at=now,
    )
    session.add(row)
    session.flush()
    audit.record(session, at=now, person_id=person_id, deed="passkey.add", subject=f"passkey:{row.id}")
    return PasskeyView(row.id, row.label, row.prf, row.backed_up, row.created_at, None)


@deed
def remove(session: Session, *, passkey_id: int, person_id: int, now: datetime) -> None:
    """Let one's own passkey open nothing any more. Errors: NotFound."""
    row = session.get(Passkey, passkey_id, with_for_update=True)
    if row is None or row.person_id != person_id or row.ended_at is not None:
        raise NotFound(subject=f"passkey:{passkey_id}")
    row.ended_at = now
    audit.record(session, at=now, person_id=person_id, deed="passkey.remove", subject=f"passkey:{passkey_id}")


@deed
def ask_sign_in(session: Session, *, party: Party, now: datetime) -> Asked:
    """Begin a sign-in. Nobody is named: the authenticator knows whose passkeys it holds, and so nothing is told of who
    works here (G6)."""
    options = generate_authentication_options(
        rp_id=party.rp_id, user_verification=UserVerificationRequirement.REQUIRED
    )
    words = json.loads(options_to_json(options))
    return begin(session, "sign_in", None, options.challenge, words, now)


@deed
def sign_in(
    session: Session,
    *,
    ceremony: str,
    credential: Mapping[str, object],
    party: Party,
    address: str,
    now: datetime,
) -> str:
    """Open a sign-in with a passkey. Returns the token for the cookie. Errors: WrongSignIn."""
    challenge = take(session, ceremony, "sign_in", None, now)
    row = _used(session, challenge, credential, party, now)
    if row is None:
        raise WrongSignIn
    person = session.get_one(Person, row.person_id)
    return open_sign_in(session, person, method="passkey", address=address, now=now)


@deed
def ask_step_up(session: Session, *, person_id: int, party: Party, now: datetime) -> Asked | None:
    """Begin a proof of who is there, with one of the person's own passkeys; None when there is none."""
    there = _live(session, person_id)
    if not there:
        return None
    options = generate_authentication_options(
        rp_id=party.rp_id,
        allow_credentials=[_described(row) for row in there],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    words = json.loads(options_to_json(options))
    return begin(session, "step_up", person_id, options.challenge, words, now)


@deed
def step_up(
    session: Session,
    *,
    ceremony: str,
    credential: Mapping[str, object],
    token_sha256: str,
    person_id: int,
    party: Party,
    now: datetime,
) -> datetime:
    """Prove again who is there, with a passkey of that person. Returns until when it holds. Errors: WrongStepUp."""
    challenge = take(session, ceremony, "step_up", person_id, now)
    row = _used(session, challenge, credential, party, now)
    if row is None or row.person_id != person_id:
        raise WrongStepUp
    return note_step_up(session, token_sha256=token_sha256, person_id=person_id, method="passkey", now=now)


def _used(
    session: Session,
    challenge: bytes | None,
    credential: Mapping[str, object],
    party: Party,
    now: datetime,
) -> Passkey | None:
    """The live passkey that signed a challenge, its counter moved on; None for every way in which it did not."""
    try:
        credential_id = base64url_to_bytes(str(credential.get("id", "")))
    except ValueError:
        return None
    row = session.scalar(
        select(Passkey)
        .where(Passkey.credential_id == credential_id, Passkey.ended_at.is_(None))
        .with_for_update()
    )
    if row is None or challenge is None:
        return None
    try:
        done = verify_authentication_response(
            credential=dict(credential),
            expected_challenge=challenge,
            expected_rp_id=party.rp_id,
            expected_origin=party.origin,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return None
    row.sign_count, row.last_used_at, row.backed_up = done.new_sign_count, now, done.credential_backed_up
    return row


def _described(row: Passkey) -> PublicKeyCredentialDescriptor:
    known = {one.value for one in AuthenticatorTransport}
    return PublicKeyCredentialDescriptor(
        id=row.credential_id,
        transports=[AuthenticatorTransport(one) for one in row.transports if one in known] or None,
    )


def _transports(credential: Mapping[str, object]) -> list[str]:
    """How the browser says that the authenticator can be reached; a hint for the next time."""
    response = credential.get("response")
    said = response.get("transports") if isinstance(response, dict) else None
    known = {one.value for one in AuthenticatorTransport}
    return [one for one in said if one in known][:8] if isinstance(said, list) else []
