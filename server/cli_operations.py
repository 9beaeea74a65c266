"""Commands that look after what phones sent: the inbox and unfinished photos."""

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from server.extensions import clock
from server.services import leftovers, uploads

operation_commands = AppGroup("operations", help="The phones' inbox.")
upload_commands = AppGroup("uploads", help="Photos on their way.")


@operation_commands.command("sweep")
@with_appcontext
def sweep_operations() -> None:
    """Apply what stands in the inbox unprocessed, after a crash for instance."""
    swept = leftovers.sweep(now=clock.now())
    click.echo(f"applied {swept.applied}, quarantined {swept.quarantined}, left {swept.left}")


@upload_commands.command("sweep")
@with_appcontext
def sweep_uploads() -> None:
    """Remove uploads that nobody finished within 30 days."""
    folder = current_app.config["SETTINGS"].data / "photos"
    click.echo(f"removed {uploads.sweep_uploads(folder=folder, now=clock.now())}")
