"""`flask --app server keys …`: what the key ring holds, rotation, and sealing anew."""

import click
from flask.cli import AppGroup, with_appcontext

from server.domain.sealing import Purpose
from server.extensions import clock
from server.services import keys, reindexing, resealing

key_commands = AppGroup("keys", help="The key ring. Back it up apart from the database.")


@key_commands.command("list")
@with_appcontext
def list_keys() -> None:
    """Ids, purposes, states and ages; never a key."""
    kept = keys.keeper()
    click.echo(f"ring: {kept.path or 'ROUTEBOOK_KEYRING_JSON'}")
    for key in kept.ring.keys:
        click.echo(f"{key.id:<24}{key.purpose:<12}{key.state:<9}{key.created_at:%Y-%m-%d %H:%M} UTC")


@key_commands.group("rotate")
def rotate_commands() -> None:
    """Make a new current key; what the one before sealed stays readable."""


def _rotate(purpose: Purpose, then: str) -> None:
    key = resealing.rotate(purpose, now=clock.now())
    click.echo(f"current: {key.id}; {then}")


@rotate_commands.command("field")
@with_appcontext
def rotate_field() -> None:
    """The key of the database's sealed fields. `reencrypt` then brings what is there under it."""
    _rotate("field", "run `flask --app server keys reencrypt`, and back the ring up")


@rotate_commands.command("inbox")
@with_appcontext
def rotate_inbox() -> None:
    """The key that phones seal with. Happens by itself every 30 days."""
    _rotate("inbox", "phones take it over with their next answer; back the ring up")


@rotate_commands.command("blind")
@with_appcontext
def rotate_blind() -> None:
    """The key of the index by which numbers are found. `reencrypt` then indexes them anew; both are searched."""
    _rotate("blind", "run `flask --app server keys reencrypt` twice, and back the ring up")


@rotate_commands.command("checkpoint")
@with_appcontext
def rotate_checkpoint() -> None:
    """The key that signs the audit. Checkpoints that the one before signed are verified as ever."""
    _rotate("checkpoint", "the next checkpoint is signed with it; back the ring up")


@key_commands.command("reencrypt")
@with_appcontext
def reencrypt() -> None:
    """Seal everything with the current keys, beside the running server. Can be stopped and run again."""
    total: dict[str, int] = {}
    for progress in resealing.reseal(now=clock.now()):
        if progress.done != total.get(progress.column):
            click.echo(f"{progress.column}: {progress.done}")
        total[progress.column] = progress.done
    indexed = max((done for _, done in reindexing.reindex()), default=0)
    if indexed:
        click.echo(f"numbers indexed anew: {indexed}; run this once more, to end the old index")
    click.echo(f"sealed anew: {sum(total.values())}")


@key_commands.command("scrub")
@with_appcontext
def scrub() -> None:
    """Write the database's files anew without what was deleted. Needs their size once more on the disk."""
    resealing.scrub()
    click.echo("done")
