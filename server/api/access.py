"""Who may call. Every view says so with `public` or `requires`; a view that says nothing is closed to all."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from flask import Flask, g, request
from flask_login import UserMixin, current_user

from server.domain.permission import allowed
from server.errors import NotAllowed, NotSignedIn
from server.extensions import clock, db, login_manager
from server.services import people

View = TypeVar("View", bound=Callable[..., object])
PUBLIC = "public"
SIGNED_IN = "signed_in"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class SignedIn(UserMixin):
    """The current user as Flask-Login knows it."""

    def __init__(self, open_sign_in: people.OpenSignIn) -> None:
        self.token = open_sign_in.token
        self.token_sha256 = open_sign_in.token_sha256
        self.device_id = open_sign_in.device_id
        self.person_id = open_sign_in.person_id
        self.status = open_sign_in.status
        self.locale = open_sign_in.locale
        self.roles = open_sign_in.roles

    def get_id(self) -> str:
        """What Flask-Login keeps in the signed cookie: the sign-in's token, never the person's id."""
        return self.token


def me() -> SignedIn:
    """The signed-in person of this request."""
    return current_user._get_current_object()  # type: ignore[no-any-return]


def public(view: View) -> View:
    """Anyone may call this."""
    view.access = PUBLIC  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Anyone who is signed in may call this."""
    view.access = SIGNED_IN  # type: ignore[attr-defined]
    return view


def requires(permission: str) -> Callable[[View], View]:
    """Only roles that hold `permission` (domain.permission) may call this."""

    def mark(view: View) -> View:
        view.access = permission  # type: ignore[attr-defined]
        return view

    return mark


def access_of(app: Flask, endpoint: str, method: str) -> str | None:
    """What a view says about who may call it; for a class of views, its method's word."""
    view = app.view_functions[endpoint]
    view_class = getattr(view, "view_class", None)
    if view_class is not None:
        name = "get" if method == "HEAD" and not hasattr(view_class, "head") else method.lower()
        view = getattr(view_class, name, view)
    return getattr(view, "access", None)


def install(app: Flask) -> None:
    @login_manager.user_loader
    def _load(token: str) -> SignedIn | None:
        found = people.find_sign_in(db.session(), token, now=clock.now())
        return SignedIn(found) if found else None

    @app.before_request
    def _check() -> None:
        if request.endpoint is None or request.endpoint == "static":
            return
        refuse_cross_site()
        word = access_of(app, request.endpoint, request.method)
        if word == PUBLIC or request.method == "OPTIONS":
            return
        if not current_user.is_authenticated:
            raise NotSignedIn
        g.person_id, g.locale = current_user.person_id, current_user.locale
        if word == SIGNED_IN:
            return
        if word is None or not allowed(current_user.roles, word):
            raise NotAllowed


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
