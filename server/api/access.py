"""Who may call. Every view says so with `public` or `requires`; a view that says nothing is closed to all."""

from collections.abc import Callable
from io import BytesIO
from typing import TypeVar
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask, current_app, g, request
from flask_login import UserMixin, current_user

from server.api.strict_json import WIRE_CAP
from server.domain.permission import LENDING, allowed
from server.domain.proofs import Signed
from server.domain.secrecy import seen_at_desk
from server.errors import Frozen, NotAllowed, NotFound, NotSignedIn, StepUpNeeded
from server.extensions import clock, db, login_manager
from server.services import proofs, scopes
from server.services.scopes import Within
from server.services.session import STEP_UP_LASTS, OpenSignIn, find_sign_in

View = TypeVar("View", bound=Callable[..., object])
PUBLIC = "public"
SIGNED_IN = "signed_in"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PROOF_HEADER = "Routebook-Proof"


class SignedIn(UserMixin):
    """The current user as Flask-Login knows it."""

    def __init__(self, found: OpenSignIn) -> None:
        self.found = found
        self.token = found.token
        self.token_sha256 = found.token_sha256
        self.device_id = found.device_id
        self.person_id = found.person_id
        self.status = found.status
        self.locale = found.locale
        self.roles = found.roles

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie: the sign-in's token, never the person's id."""
        return self.token


def me() -> SignedIn:
    """The signed-in person of this request."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def within() -> Within:
    """The territories that the signed-in person works for today; None: all."""
    return scopes.territories_of(db.session(), me().person_id, me().roles, me().found.day)


def seen() -> frozenset[str]:
    """The secrecy classes of the outlets that the signed-in person finds in the desk's lists."""
    return seen_at_desk(me().roles)


def public(view: View) -> View:
    """Anyone may call this."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anyone who is signed in may call this."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def requires(permission: str, *, step_up: bool = False) -> Callable[[View], View]:
    """Only roles that hold `permission` (domain.permission) may call this; with `step_up` only where the person has
    proved in the last five minutes that it is they who sit there (POST /session/step-up)."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        view.step_up = step_up  # type: ignore[attr-defined]
        return view

    return mark


def asks_step_up(app: Flask, endpoint: str, method: str) -> bool:
    """Whether a view asks for a fresh proof of who is there."""
    return bool(getattr(_view(app, endpoint, method), "step_up", False))


def access_of(app: Flask, endpoint: str, method: str) -> str | None:
    """What a view says about who may call it; for a class of views, its method's word."""
    return getattr(_view(app, endpoint, method), "access", None)


def _view(app: Flask, endpoint: str, method: str) -> object:
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is None:
        return view
    name = "get" if method == "HEAD" and not hasattr(view_class, "head") else method.lower()
    return getattr(view_class, name, view)


def install(app: Flask) -> None:
    @login_manager.user_loader
    def _load(token: str) -> SignedIn | None:
        found = find_sign_in(db.session(), token, now=clock.now())
        return SignedIn(found) if found else None

    @app.before_request
    def _check() -> None:
        if request.endpoint is None or request.endpoint == "static":
            return
        refuse_other_hosts()
        refuse_cross_site()
        word = access_of(app, request.endpoint, request.method)
        if word == PUBLIC or request.method == "OPTIONS":
            if PROOF_HEADER in request.headers:
                request.max_content_length = WIRE_CAP
                whole_body()
            return
        if not current_user.is_authenticated:
            raise NotSignedIn
        found = me().found
        g.person_id, g.locale = found.person_id, found.locale
        refuse_stopped(found)
        if found.device_id and found.device_key:
            take_proof(found.device_id, found.device_key)
        elif PROOF_HEADER in request.headers:
            whole_body()  # a device that registers its key: the view looks at the proof
        if word != SIGNED_IN and (word is None or not allowed(found.roles, word)):
            raise NotAllowed
        if word in LENDING and not found.device_approved and asks_approval():
            raise NotAllowed("device_not_approved")
        if asks_step_up(app, request.endpoint, request.method) and not stepped_up(
            found, own=word == SIGNED_IN
        ):
            raise StepUpNeeded


def stepped_up(found: OpenSignIn, *, own: bool = False) -> bool:
    """Whether the person of a sign-in proved to be there in the last five minutes. For what is one's `own` the sign-in
    itself is such a proof; where others are concerned, it is made again for that deed."""
    now = clock.now()
    moments = [found.stepped_up_at, found.opened_at if own else None]
    return any(at is not None and now - at < STEP_UP_LASTS for at in moments)


def asks_approval() -> bool:
    """Whether devices wait for somebody's approval in this house."""
    return bool(current_app.config["SETTINGS"].device_approval != "none")


def refuse_stopped(found: OpenSignIn) -> None:
    """Errors: Frozen for a person whose access was stopped, NotSignedIn `device_revoked` for a device whose was. A
    device that proves to be itself is told to wipe what it was lent."""
    if not found.frozen and not found.device_revoked:
        return
    members = {"wipe": True} if _proves_itself(found) else {}
    raise Frozen(members=members) if found.frozen else NotSignedIn("device_revoked", members=members)


def _proves_itself(found: OpenSignIn) -> bool:
    if not found.device_id or not found.device_key:
        return False
    try:
        take_proof(found.device_id, found.device_key)
    except NotSignedIn:
        return False
    return True


def take_proof(device_id: UUID, public_key: bytes) -> None:
    """Check and use up this request's proof by a device's key. Errors: NotSignedIn with what is wrong with it."""
    proofs.take_proof(
        header=request.headers.get(PROOF_HEADER),
        signed=Signed(request.method, target(), whole_body()),
        device_id=device_id,
        public_key=public_key,
        now=clock.now(),
    )


def target() -> str:
    """Path and query as they were sent, before anything was decoded; a "?" with nothing behind it belongs to them."""
    sent = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or request.full_path)
    if sent.startswith("/"):
        return sent
    parts = urlsplit(sent)  # the absolute form, as proxies may send it
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def whole_body() -> bytes:
    """The body as it was sent. It is read once, before anything parses it, and put back for the view."""
    if "whole_body" not in g:
        g.whole_body = request.stream.read()
        request.__dict__["stream"] = BytesIO(g.whole_body)
    body: bytes = g.whole_body
    return body


def refuse_other_hosts() -> None:
    """Where the house's address is set, it answers to no other name (F10). Probes of the machine itself may ask for its
    health by any."""
    origin = current_app.config["SETTINGS"].origin
    if origin and request.host != urlsplit(origin).netloc and request.endpoint != "health.health":
        raise NotFound


def refuse_cross_site() -> None:
    """CSRF by Fetch Metadata, by Origin where a browser does not send it (OWASP CSRF cheat sheet, 2025)."""
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise NotAllowed("cross_site")
        return
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise NotAllowed("cross_site")
