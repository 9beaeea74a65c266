"""Passkeys: one's own, and signing in with one."""

from typing import Any
from urllib.parse import urlsplit

from flask import current_app, request
from flask.views import MethodView
from flask_smorest import Blueprint

from server.api.access import SIGNED_IN, me, public, requires, signed_in
from server.api.session import enter, session_view
from server.errors import NotFound, TooMany
from server.extensions import clock, db
from server.schemas.passkeys import (
    AskedSchema,
    AssertionSchema,
    NewPasskeySchema,
    PasskeySchema,
    PasskeysSchema,
)
from server.schemas.session import SessionSchema, SteppedUpSchema
from server.services import passkeys

blueprint = Blueprint("passkeys", __name__, url_prefix="/api/v1", description="Passkeys")


def party() -> passkeys.Party:
    """The house as this request's browser knows it; as the settings say, where they do."""
    settings = current_app.config["SETTINGS"]
    origin = settings.origin or f"{request.scheme}://{request.host}"
    return passkeys.Party(rp_id=settings.rp_id or urlsplit(origin).hostname or "localhost", origin=origin)


def _limit() -> None:
    """So many a minute from one address: a passkey cannot be guessed, but every question is a row."""
    wait = current_app.extensions["passkey_limit"].wait_s(request.remote_addr or "")
    if wait:
        raise TooMany(retry_after_s=wait)


@blueprint.route("/passkeys")
class Passkeys(MethodView):
    @signed_in
    @blueprint.response(200, PasskeysSchema)
    def get(self) -> dict[str, object]:
        """One's own passkeys."""
        return {"passkeys": passkeys.find_passkeys(db.session(), me().person_id)}

    @requires(SIGNED_IN, step_up=True)
    @blueprint.arguments(NewPasskeySchema)
    @blueprint.response(201, PasskeySchema)
    def post(self, values: dict[str, Any]) -> passkeys.PasskeyView:
        """Register the passkey that the authenticator made."""
        return passkeys.register(**values, person_id=me().person_id, party=party(), now=clock.now())


@blueprint.post("/passkeys/options")
@requires(SIGNED_IN, step_up=True)
@blueprint.response(200, AskedSchema)
def ask_registration() -> object:
    """What to ask the authenticator for a new passkey."""
    return passkeys.ask_registration(person_id=me().person_id, party=party(), now=clock.now())


@blueprint.delete("/passkeys/<int:passkey_id>")
@requires(SIGNED_IN, step_up=True)
@blueprint.response(204)
def remove(passkey_id: int) -> None:
    """Let one of one's own passkeys open nothing any more."""
    passkeys.remove(passkey_id=passkey_id, person_id=me().person_id, now=clock.now())


@blueprint.post("/session/passkey/options")
@public
@blueprint.response(200, AskedSchema)
def ask_sign_in() -> object:
    """What to ask the authenticator to sign in. The same for everybody."""
    _limit()
    return passkeys.ask_sign_in(party=party(), now=clock.now())


@blueprint.post("/session/passkey")
@public
@blueprint.arguments(AssertionSchema)
@blueprint.response(200, SessionSchema)
def sign_in(values: dict[str, Any]) -> dict[str, object]:
    """Sign in with a passkey. Wrong passwords never stand in its way (G5)."""
    _limit()
    token = passkeys.sign_in(**values, party=party(), address=request.remote_addr or "", now=clock.now())
    enter(token)
    return session_view()


@blueprint.post("/session/step-up/options")
@signed_in
@blueprint.response(200, AskedSchema)
def ask_step_up() -> object:
    """What to ask the authenticator to prove again who is there; 404 without a passkey."""
    asked = passkeys.ask_step_up(person_id=me().person_id, party=party(), now=clock.now())
    if asked is None:
        raise NotFound("no_passkey")
    return asked


@blueprint.post("/session/step-up/passkey")
@signed_in
@blueprint.arguments(AssertionSchema)
@blueprint.response(200, SteppedUpSchema)
def step_up(values: dict[str, Any]) -> dict[str, object]:
    """Prove again who is there with a passkey; holds for five minutes."""
    who = me()
    until = passkeys.step_up(
        **values,
        token_sha256=who.token_sha256,
        person_id=who.person_id,
        party=party(),
        now=clock.now(),
    )
    return {"until": until}
