"""The page that a store's owner opens with a code: who leaves, who comes, what is open, and three answers.

It is a plain page for whatever phone the owner has: no script, no sign-in, no cookie. A code that is unknown, used or
over gives the same page, and so tells nothing.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, current_app, render_template, request

from server.api.access import public
from server.extensions import clock, db
from server.services.departures import codes
from server.services.departures.codes import OwnerPage

PAGES: Final = Path(__file__).parent / "pages"
blueprint = Blueprint("handovers", __name__, url_prefix="/h", template_folder=str(PAGES))

LANGUAGES: Final = (("zh-CN", "中文"), ("en", "English"))
TEXTS: Final[Mapping[str, Mapping[str, str]]] = json.loads((PAGES / "handover.json").read_text("utf-8"))
STYLE: Final = (PAGES / "handover.css").read_text("utf-8")
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        f"style-src 'sha256-{_STYLE_HASH}'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
# A form of three answers and 500 characters, percent-encoded.
MOST_BODY: Final = 16 << 10
WORDS_MOST: Final = 500


@blueprint.get("/<code>")
@public
def ask(code: str) -> Response:
    """What the owner is asked."""
    if _waits():
        return _page("wait", status=429)
    found = codes.find_page(db.session(), code, clock.now())
    return _page("ask", page=found) if found else _page("over", status=404)


@blueprint.post("/<code>")
@public
def answer(code: str) -> Response:
    """The owner's answer, once."""
    request.max_content_length = MOST_BODY
    if _waits():
        return _page("wait", status=429)
    said = request.form.get("answer", "")
    words = _clean(request.form.get("words", ""))
    if not codes.answer_by_code(code=code, answer=said, words=words, now=clock.now()):
        return _page("over", status=404)
    return _page("thanks" if said == "confirmed" else "told")


def _waits() -> bool:
    return bool(current_app.extensions["owner_limit"].wait_s(request.remote_addr or ""))


def _clean(text: str) -> str:
    """What was written, without control characters, as much of it as is kept."""
    kept = "".join(one for one in text.replace("\r\n", "\n") if one == "\n" or one.isprintable())
    return kept.strip()[:WORDS_MOST]


def _language() -> str:
    asked = request.args.get("lang", "")
    if asked in TEXTS:
        return asked
    found = request.accept_languages.best_match(["zh-CN", "zh", "zh-HK", "zh-TW", "en"]) or "zh-CN"
    return "en" if found == "en" else "zh-CN"


def _page(state: str, *, page: OwnerPage | None = None, status: int = 200) -> Response:
    lang = _language()
    text = render_template(
        "handover.html", state=state, lang=lang, t=TEXTS[lang], languages=LANGUAGES, style=STYLE, most=WORDS_MOST,
        page=_shown(page, lang) if page else None,
    )  # fmt: skip
    headers = {
        "Content-Security-Policy": POLICY,
        "Cache-Control": "no-store",
        "Content-Language": lang,
        "X-Robots-Tag": "noindex, nofollow",
    }
    return Response(text, status, headers, mimetype="text/html")


def _shown(page: OwnerPage, lang: str) -> dict[str, object]:
    """Names in the reader's language, values with their currency."""

    def name(pair: tuple[str, str]) -> str:
        return pair[1] if lang == "en" and pair[1] else pair[0]

    return {
        "company": name(page.company),
        "outlet": name(page.outlet),
        "leaver": name(page.leaver),
        "receiver": name(page.receiver),
        "orders": [(day, f"{page.currency} {minor / 100:,.2f}") for day, minor in page.orders],
        "promises": page.promises,
        "assets": page.assets,
    }
