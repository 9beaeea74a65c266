"""`flask --app server import outlets|skus FILE`: stage a list, say what is wrong with it, take the good
rows."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import inspect, select

from server.config import Settings
from server.errors import FieldError, RoutebookError
from server.extensions import clock, db
from server.messages import LOCALES, rule_sentence, title
from server.models import ImportBatch, Person
from server.services import import_reports, imports
from server.services.company import find_company, found_company
from server.services.geocoding import GeopyGeocoder, find_positions
from server.services.routes import find_territory

UNREADABLE = 2
ERRORS_SHOWN = 20
# In --json all of them: as many as a list may have rows, and more.
ERRORS_MOST = 1_000_000

import_group = AppGroup("import", help="Import lists of outlets or SKUs from CSV or XLSX.")


def _options(command: Callable[..., None]) -> Callable[..., None]:
    """The options that both lists share."""
    for option in reversed(
        (
            click.argument("file", type=click.Path(path_type=Path)),
            click.option(
                "--map", "mapping", multiple=True, metavar="field=heading", help="Map a column by hand."
            ),
            click.option("--dry-run", is_flag=True, help="Check only; nothing is kept."),
            click.option("--json", "as_json", is_flag=True, help="Print one JSON object."),
            click.option("--encoding", default="", help="Coding of a CSV, where it is not recognised."),
            click.option(
                "--all", "take_all", is_flag=True, help="Take faulty rows too, without their faulty fields."
            ),
            click.option("--as", "login", default="", help="The person who imports (a login)."),
            click.option(
                "--locale", type=click.Choice(LOCALES), default="en", help="Language of the messages."
            ),
        )
    ):
        command = option(command)
    return command


@import_group.command("outlets")
@_options
@click.option(
    "--crs", type=click.Choice(["wgs84", "gcj02", "bd09"]), default="wgs84", help="System of positions."
)
@click.option("--territory", default="", help="Code of the territory that the outlets go to.")
@click.option("--geocode", is_flag=True, help="Look up missing positions with the configured geocoder.")
@with_appcontext
def import_outlets(**options: object) -> None:
    """Import a list of outlets."""
    _run("outlets", **options)  # type: ignore[arg-type]


@import_group.command("skus")
@_options
@with_appcontext
def import_skus(**options: object) -> None:
    """Import a list of SKUs."""
    _run("skus", crs="wgs84", geocode=False, territory="", **options)  # type: ignore[arg-type]


def _run(
    kind: str,
    *,
    file: Path,
    mapping: tuple[str, ...],
    crs: str,
    dry_run: bool,
    as_json: bool,
    encoding: str,
    take_all: bool,
    login: str,
    locale: str,
    geocode: bool,
    territory: str,
) -> None:
    _prepare_database()
    try:
        if not file.is_file():
            raise RoutebookError("unreadable_file", errors=[FieldError("file", "no_file")])
        person_id = _person_id(login)
        import_id = imports.stage_file(
            imports.ListFile(file, file.name, encoding),
            kind=kind,
            now=clock.now(),
            person_id=person_id,
            crs=crs,
            mapping=_by_hand(mapping),
            territory_id=_territory_id(territory),
        )
        _need_a_name(import_id, person_id)
        if geocode:
            _look_up(import_id, person_id)
        answer = _finish(
            import_id, person_id, dry_run=dry_run, take_all=take_all, locale=locale, as_json=as_json
        )
    except RoutebookError as error:
        _say_refused(error, as_json, locale)
        sys.exit(UNREADABLE)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else _in_words(answer))


def _need_a_name(import_id: int, person_id: int | None) -> None:
    """Refuse a list in which no column holds names: on the page it could be mapped by hand, here nobody asks."""
    batch = imports.get_import(db.session(), import_id)
    mapped = set(batch.mapping)
    if "name" in mapped or (batch.kind == "outlets" and mapped >= {"chain", "address"}):
        return
    headings = ", ".join(heading for heading in batch.headings if heading)[:400]
    imports.discard(import_id=import_id, person_id=person_id, now=clock.now())
    fault = FieldError("name", "no_name_column", {"headings": headings})
    raise RoutebookError("unreadable_file", errors=[fault])


def _finish(
    import_id: int, person_id: int | None, *, dry_run: bool, take_all: bool, locale: str, as_json: bool
) -> dict[str, object]:
    """Confirm or throw away, and say what came of it."""
    session = db.session()
    if not dry_run:
        imports.confirm(
            import_id=import_id, rows="all" if take_all else "all_good", person_id=person_id, now=clock.now()
        )
    batch = imports.get_import(session, import_id)
    answer: dict[str, object] = {
        **import_reports.figures(batch),
        "errors": import_reports.errors(session, import_id, locale, ERRORS_MOST if as_json else ERRORS_SHOWN),
        "dry_run": dry_run,
        "import_id": None if dry_run else import_id,
        "mapping": dict(batch.mapping),
        "ignored_headings": imports.ignored(batch),
    }
    if dry_run:
        imports.discard(import_id=import_id, person_id=person_id, now=clock.now())
    return answer


def _prepare_database() -> None:
    """Make the tables and the company where there are none yet, so that a first import works on a new
    machine."""
    if not inspect(db.engine).has_table(ImportBatch.__tablename__):
        upgrade()
    if find_company(db.session()) is None:
        found_company(
            name="我的公司",
            name_en="My company",
            timezone="Asia/Hong_Kong",
            currency="HKD",
            now=clock.now(),
        )


def _person_id(login: str) -> int | None:
    if not login:
        return None
    found = db.session().execute(select(Person.id).where(Person.login == login)).scalar_one_or_none()
    if found is None:
        raise RoutebookError("no_person", errors=[FieldError("as", "not_found")])
    return found


def _territory_id(code: str) -> int | None:
    if not code:
        return None
    found = find_territory(db.session(), code)
    if found is None:
        raise RoutebookError("not_found", errors=[FieldError("territory", "not_found")])
    return found.id


def _by_hand(pairs: tuple[str, ...]) -> dict[str, str]:
    mapping = {}
    for pair in pairs:
        field, equals, heading = pair.partition("=")
        if not equals:
            raise RoutebookError("invalid", errors=[FieldError("map", "format")])
        mapping[field.strip()] = heading.strip()
    return mapping


def _look_up(import_id: int, person_id: int | None) -> None:
    settings: Settings = current_app.config["SETTINGS"]
    geocoder = GeopyGeocoder(settings.geocoder, settings.geocoder_key, inside=settings.inside_hosts)
    while True:
        lookup = find_positions(
            db.session(), geocoder, import_id=import_id, person_id=person_id, now=clock.now()
        )
        if not lookup.remaining:
            return


def _say_refused(error: RoutebookError, as_json: bool, locale: str) -> None:
    faults = [
        {
            "row": one.row,
            "field": one.field,
            "rule": one.rule,
            "message": rule_sentence(one.rule, locale, one.params),
        }
        for one in error.errors
    ] or [{"row": None, "field": "file", "rule": error.code, "message": title(error.code, locale)}]
    if as_json:
        answer = {
            "rows": 0,
            "accepted": 0,
            "rejected": 0,
            "duplicates": 0,
            "errors": faults,
            "code": error.code,
        }
        click.echo(json.dumps(answer, ensure_ascii=False))
    click.echo(title(error.code, locale), err=True)
    for fault in faults:
        place = f"row {fault['row']}, " if fault["row"] else ""
        click.echo(f"  {place}{fault['field']}: {fault['message']}", err=True)


def _in_words(answer: dict[str, object]) -> str:
    taken = "would go in" if answer["dry_run"] else "accepted"
    left = f"{answer['rejected']} rejected, {answer['duplicates']} held out as duplicates"
    lines = [f"{answer['rows']} rows: {answer['accepted']} {taken}, {left}"]
    errors = answer["errors"]
    for fault in errors if isinstance(errors, list) else []:
        lines.append(f"  row {fault['row']}, {fault['field']}: {fault['message']}")
    if isinstance(errors, list) and len(errors) == ERRORS_SHOWN:
        lines.append("  … (--json lists all)")
    return "\n".join(lines)
