"""Commands: `flask --app server …`."""

import click
from flask import Flask
from flask.cli import with_appcontext

from server.cli_audit import audit_commands
from server.cli_demo import demo
from server.cli_imports import import_group
from server.cli_jobs import job_commands
from server.cli_keys import key_commands
from server.cli_operations import operation_commands, upload_commands
from server.cli_routes import plan
from server.extensions import clock, db
from server.services import company


@click.command("restored")
@click.option("--from", "restored_from", required=True, help="Which backup, for the audit entry.")
@with_appcontext
def restored(restored_from: str) -> None:
    """Say that the database was restored from a backup: phones send again what they keep."""
    company.mint_epoch(now=clock.now(), person_id=None, restored_from=restored_from)
    click.echo(f"new epoch {company.get_company(db.session()).epoch}")


COMMANDS: tuple[click.Command, ...] = (
    restored,
    audit_commands,
    demo,
    import_group,
    job_commands,
    key_commands,
    plan,
    operation_commands,
    upload_commands,
)


def install(app: Flask) -> None:
    for command in COMMANDS:
        app.cli.add_command(command)
