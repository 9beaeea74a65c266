"""Sign-in, sign-out, and who is signed in."""

from flask import request
from flask import session as cookie
from flask.views import MethodView
from flask_login import login_user, logout_user
from flask_smorest import Blueprint

from server.api.access import SignedIn, me, public, signed_in
from server.errors import TooMany
from server.extensions import clock, db
from server.schemas.session import LocaleSchema, SessionSchema, SignInSchema, SteppedUpSchema, StepUpSchema
from server.services import keys, people, sign_in_failures
from server.services import session as sign_ins
from server.services.company import get_company

blueprint = Blueprint("session", __name__, url_prefix="/api/v1", description="Sign-in")


def session_view() -> dict[str, object]:
    """The signed-in person and what a phone needs to know of the company."""
    session = db.session()
    person = people.get_person(session, me().person_id)
    company = get_company(session)
    return {
        "person": {
            "id": person.id,
            "name": person.name,
            "name_en": person.name_en,
            "locale": person.locale,
            "roles": sorted(me().roles),
        },
        "company": {"name": company.name, "name_en": company.name_en},
        "epoch": company.epoch,
        "server_time": clock.now(),
        "timezone": company.timezone,
        "currency": company.currency,
        "inbox_key": keys.inbox_key(clock.now()),
    }


def enter(token: str) -> None:
    """Put a new sign-in into the cookie; whatever was there before is gone (G4)."""
    found = sign_ins.find_sign_in(db.session(), token, now=clock.now())
    if found is None or found.frozen:  # frozen in this very moment
        raise sign_ins.WrongSignIn
    cookie.clear()
    # Lasts as long as the sign-in itself: a phone that was killed overnight still delivers in the morning.
    cookie.permanent = True
    login_user(SignedIn(found), remember=False)


@blueprint.route("/session")
class Session(MethodView):
    @public
    @blueprint.arguments(SignInSchema)
    @blueprint.response(200, SessionSchema)
    def post(self, values: dict[str, str]) -> dict[str, object]:
        """Sign in with a password."""
        who = sign_in_failures.Try(values["login"], request.remote_addr or "")
        wait = sign_in_failures.wait_before(db.session(), who, now=clock.now())
        if wait:
            raise TooMany(retry_after_s=wait)
        try:
            token = sign_ins.sign_in(
                login=values["login"], password=values["password"], address=who.address, now=clock.now()
            )
        except sign_ins.WrongSignIn:
            sign_in_failures.note_failure(who, now=clock.now())
            raise
        sign_in_failures.forget_failures(who)
        enter(token)
        return session_view()

    @signed_in
    @blueprint.response(200, SessionSchema)
    def get(self) -> dict[str, object]:
        """Who is signed in."""
        return session_view()

    @signed_in
    @blueprint.arguments(LocaleSchema)
    @blueprint.response(200, SessionSchema)
    def patch(self, values: dict[str, str]) -> dict[str, object]:
        """Choose the language."""
        people.set_locale(person_id=me().person_id, locale=values["locale"])
        return session_view()

    @signed_in
    @blueprint.response(204)
    def delete(self) -> None:
        """Sign out: the session ends on the server."""
        sign_ins.sign_out(token_sha256=me().token_sha256, person_id=me().person_id, now=clock.now())
        logout_user()


@blueprint.post("/session/step-up")
@signed_in
@blueprint.arguments(StepUpSchema)
@blueprint.response(200, SteppedUpSchema)
def step_up(values: dict[str, str]) -> dict[str, object]:
    """Prove again who is there; holds for five minutes."""
    who = me()
    one = sign_in_failures.Try(f"step-up:{who.person_id}", request.remote_addr or "")
    wait = sign_in_failures.wait_before(db.session(), one, now=clock.now())
    if wait:
        raise TooMany(retry_after_s=wait)
    try:
        until = sign_ins.step_up(
            token_sha256=who.token_sha256,
            person_id=who.person_id,
            password=values["password"],
            now=clock.now(),
        )
    except sign_ins.WrongStepUp:
        sign_in_failures.note_failure(one, now=clock.now())
        raise
    sign_in_failures.forget_failures(one)
    return {"until": until}
