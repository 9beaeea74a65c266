"""Builds the application. Reads like a contents page: which parts there are, in which order."""

from datetime import timedelta
from pathlib import Path

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from server import cli, logs
from server.api import (
    absences,
    access,
    access_reviews,
    agreements,
    alerts,
    announcements,
    audit,
    cases,
    closing,
    daybook,
    departures,
    described,
    devices,
    dropbox,
    exports,
    front,
    handovers,
    health,
    imports,
    jobs,
    joint_visits,
    kpis,
    live,
    load_sheets,
    notices,
    operations,
    order_reviews,
    outlets,
    packing,
    passkeys,
    people,
    plans,
    problems,
    recoveries,
    requests,
    retention,
    reveals,
    roster,
    routes,
    secrecy,
    session,
    tasks,
    uploads,
    warnings,
)
from server.api.strict_json import CompactJSON, StrictRequest
from server.api.throttle import (
    DROPS_A_MINUTE,
    FILES_A_MINUTE,
    FILES_A_MINUTE_AND_ADDRESS,
    OWNER_PAGES_A_MINUTE,
    PASSKEY_STEPS_A_MINUTE,
    REFUSALS_A_MINUTE,
    RateLimit,
)
from server.config import Settings
from server.extensions import (
    api,
    as_postgres_url,
    clock,
    db,
    engine_options,
    login_manager,
    migrate,
    tune_engine,
)
from server.jobs import JobQueue
from server.models.sealed import use_keys
from server.push_key import PushKey
from server.services.checkpoints import CheckpointKeeper
from server.services.clock_watch import ClockWatch
from server.services.keys import open_keeper
from server.services.plans.board import BoardKeeper
from server.time_source import TimeSource

BLUEPRINTS = (
    health.blueprint,
    session.blueprint,
    agreements.blueprint,
    daybook.blueprint,
    devices.blueprint,
    dropbox.blueprint,
    operations.blueprint,
    uploads.blueprint,
    routes.blueprint,
    roster.blueprint,
    absences.blueprint,
    cases.blueprint,
    tasks.blueprint,
    joint_visits.blueprint,
    plans.blueprint,
    jobs.blueprint,
    kpis.blueprint,
    outlets.blueprint,
    requests.blueprint,
    exports.blueprint,
    secrecy.blueprint,
    passkeys.blueprint,
    people.blueprint,
    departures.blueprint,
    closing.blueprint,
    retention.blueprint,
    warnings.blueprint,
    recoveries.blueprint,
    access_reviews.blueprint,
    imports.blueprint,
    live.blueprint,
    load_sheets.blueprint,
    order_reviews.blueprint,
    reveals.blueprint,
    alerts.blueprint,
    announcements.blueprint,
    notices.blueprint,
    audit.blueprint,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The application, bound to one database and one data folder."""
    settings = settings or Settings.from_environment()
    logs.install()
    app = Flask("server", static_folder=None)
    app.request_class = StrictRequest
    app.json = CompactJSON(app)
    app.config.update(configuration(settings))
    clock.start_at(settings.clock)

    db.init_app(app)
    migrate.init_app(app, db, directory=str(Path(__file__).parent / "migrations"))
    with app.app_context():
        tune_engine(db.engine)
        keeper = open_keeper(settings, db.engine, clock.now())
        use_keys(db.engine, keeper)
    app.extensions["keyring"] = keeper
    app.extensions["clock_watch"] = ClockWatch(
        TimeSource(Path(settings.time_sync) if settings.time_sync else None)
    )
    app.extensions["checkpoints"] = CheckpointKeeper(settings.data / "checkpoints", keeper)
    app.extensions["push_key"] = PushKey(settings.data / "keys" / "push.pem")
    app.extensions["jobs"] = JobQueue(app, settings)
    app.extensions["boards"] = BoardKeeper()
    api.init_app(app)
    login_manager.init_app(app)
    app.extensions["refusal_limit"] = RateLimit(REFUSALS_A_MINUTE)
    app.extensions["passkey_limit"] = RateLimit(PASSKEY_STEPS_A_MINUTE)
    app.extensions["dropbox_limit"] = RateLimit(DROPS_A_MINUTE)
    app.extensions["file_limit"] = RateLimit(FILES_A_MINUTE)
    app.extensions["file_address_limit"] = RateLimit(FILES_A_MINUTE_AND_ADDRESS)
    app.extensions["owner_limit"] = RateLimit(OWNER_PAGES_A_MINUTE)

    access.install(app)
    problems.install(app)
    packing.install(app)
    front.install(app)
    for blueprint in BLUEPRINTS:
        api.register_blueprint(blueprint)
    described.install(app)
    audit.install(app)
    app.register_blueprint(handovers.blueprint)
    app.register_blueprint(front.blueprint)
    cli.install(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=settings.proxies, x_host=settings.proxies
        )
    return app


def configuration(settings: Settings) -> dict[str, object]:
    """Flask's and its extensions' settings."""
    url = as_postgres_url(settings.database_url)
    return {
        "SETTINGS": settings,
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(url),
        # Under HTTPS the name makes browsers refuse a cookie of the same name that a sibling domain sets (G4).
        "SESSION_COOKIE_NAME": "__Host-routebook" if settings.is_https else "routebook",
        "SESSION_COOKIE_SECURE": settings.is_https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "PERMANENT_SESSION_LIFETIME": timedelta(days=30),
        # Only signing in sets the cookie: an answer that comes late would bring the sign-in before back.
        "SESSION_REFRESH_EACH_REQUEST": False,
        "MAX_CONTENT_LENGTH": 32 << 20,
        "API_TITLE": "Routebook",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": None,
        "TESTING": settings.testing,
    }
