"""Serves the built front end: precompressed files, strict headers, one page for every address of the app."""

import os
import shutil
import time
from pathlib import Path
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, abort, current_app, request, send_file

from server.api.access import public
from server.config import Settings

blueprint = Blueprint("front", __name__)

# Trusted Types: Vue's runtime needs a policy named `vue`, registration of the service worker one named `sw`, and the
# map, which starts its worker itself, a `default` one that blesses the address of that worker and nothing else.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self' blob:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types vue sw default",
    )
)
# Longer than any phone stays away and still has unsent work that the server knows (30 days).
KEPT_DAYS = 60
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=(), payment=(), usb=()",
}
# Where the house's address is HTTPS: for a year no browser that was here asks it, or a name below it, in the clear.
STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".webmanifest": "application/manifest+json; charset=utf-8",
    ".woff2": "font/woff2",
}


@blueprint.get("/")
@blueprint.get("/<path:path>")
@public
def front(path: str = "index.html") -> Response:
    """A file of the build; for an address without a file, the app's one page (it routes itself)."""
    if path.startswith("api/"):
        abort(404)
    root: Path = current_app.config["SETTINGS"].pwa
    name = path if path.startswith("assets/") or "." in path.rsplit("/", 1)[-1] else "index.html"
    found = _inside(root, name) or (_inside(kept_builds(), name) if name.startswith("assets/") else None)
    if found is None:
        if name == "index.html":
            return Response("The front end is not built: run `make run`.\n", 503, mimetype="text/plain")
        abort(404)
    return _send(found, forever=name.startswith("assets/"))


def keep_build(pwa: Path, data: Path) -> None:
    """Copy this build's chunks beside those of earlier builds; drop what no build of the last 60 days had."""
    kept = data / "builds" / "assets"
    kept.mkdir(parents=True, exist_ok=True)
    for chunk in (pwa / "assets").glob("*"):
        target = kept / chunk.name
        if not target.exists():
            shutil.copyfile(chunk, target)
        os.utime(target)
    oldest = time.time() - KEPT_DAYS * 86_400
    for chunk in kept.iterdir():
        if chunk.stat().st_mtime < oldest:
            chunk.unlink()


def kept_builds() -> Path:
    """Chunks of earlier builds, kept so that a phone which still runs one can load the rest of it (B14)."""
    kept: Path = current_app.config["SETTINGS"].data / "builds"
    return kept


def _inside(root: Path, name: str) -> Path | None:
    path = (root / name).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None


def _send(path: Path, *, forever: bool) -> Response:
    accepts = request.headers.get("Accept-Encoding", "")
    chosen, coding = path, ""
    for name, suffix in (("br", ".br"), ("gzip", ".gz")):
        packed = path.with_name(path.name + suffix)
        if name in accepts and packed.is_file():
            chosen, coding = packed, name
            break
    answer = send_file(chosen, mimetype=TYPES.get(path.suffix, "application/octet-stream"), conditional=True)
    answer.direct_passthrough = True
    if coding:
        answer.headers["Content-Encoding"] = coding
    answer.headers["Vary"] = "Accept-Encoding"
    answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if forever else "no-cache"
    return answer


def policy_for(settings: Settings) -> str:
    """The content security policy; where a map's ground is configured, its hosts may be asked for it."""
    hosts = {
        f"{parts.scheme}://{parts.netloc}"
        for parts in map(urlsplit, (settings.map_style, settings.map_tiles, settings.map_pmtiles))
        if parts.netloc
    } | set(settings.map_hosts)
    if not hosts:
        return CONTENT_SECURITY_POLICY
    words = " ".join(["", *sorted(hosts)])
    policy = CONTENT_SECURITY_POLICY.replace("connect-src 'self'", f"connect-src 'self'{words}")
    return policy.replace("data: blob:", f"data: blob:{words}", 1)


def install(app: Flask) -> None:
    """Headers on every answer; API answers are never stored and are packed here."""
    settings: Settings = app.config["SETTINGS"]
    headers = {**HEADERS, "Content-Security-Policy": policy_for(settings)}
    if settings.is_https:
        headers["Strict-Transport-Security"] = STRICT_TRANSPORT

    @app.after_request
    def _headers(answer: Response) -> Response:
        for name, value in headers.items():
            answer.headers.setdefault(name, value)
        if request.path.startswith("/api/"):
            answer.headers["Cache-Control"] = "no-store"
        return answer
