"""Commands: is the history as it was written? Sign where it ends; erase what must not be kept."""

import sys
from pathlib import Path

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from server.domain.audit import Fault
from server.extensions import clock, db
from server.services import audit_erasing, audit_state
from server.services.checkpoints import CheckpointKeeper, read_checkpoints

audit_commands = AppGroup("audit", help="The audit chain.")

SENTENCES = {
    "altered": "entry {seq} was altered",
    "missing": "entry {seq} is missing",
    "moved": "entry {seq} does not follow the one before it",
    "put_in": "entry {seq} was put in",
    "cut_off": "the chain ends before entry {seq}, which was there",
    "head": "the chain's end does not agree with its newest entry {seq}",
    "rewritten": "entry {seq} is not what was signed; what was re-written begins after entry {after}",
    "content": "the personal content of entry {seq} is not what was recorded",
}


def sentence(fault: Fault) -> str:
    return SENTENCES[fault.what].format(seq=fault.seq, after=fault.after)


def _keeper() -> CheckpointKeeper:
    found: CheckpointKeeper = current_app.extensions["checkpoints"]
    return found


@audit_commands.command("verify")
@click.option(
    "--checkpoint",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of checkpoints kept elsewhere, one a line: a copy of the server's, or what a phone keeps.",
)
@with_appcontext
def verify(files: tuple[Path, ...]) -> None:
    """Recompute every link and name the first bad entry. Ends with 1 when there is one."""
    witnesses = []
    for file in files:
        found = read_checkpoints(file)
        if not found:
            raise click.ClickException(f"{file} holds no checkpoint")
        witnesses += found
    checked = audit_state.verify_now(db.session(), _keeper(), now=clock.now(), witnesses=witnesses)
    click.echo(f"entries {checked.entries}, checkpoints {checked.checkpoints}, proven up to {checked.proven}")
    click.echo(f"personal content {checked.contents}, erased {checked.erased}")
    if checked.unknown_keys:
        click.echo(f"checkpoints without a signature of this house: {checked.unknown_keys}")
    if checked.fault is not None:
        click.echo(f"NOT WHOLE: {sentence(checked.fault)}", err=True)
        sys.exit(1)
    click.echo("whole")


@audit_commands.command("checkpoint")
@with_appcontext
def checkpoint() -> None:
    """Sign the chain's end now, write it to the file, and print it to be kept elsewhere."""
    made = _keeper().make(db.session(), now=clock.now())
    if made is None:
        raise click.ClickException("the chain is empty")
    click.echo(made.line(), nl=False)


@audit_commands.command("erase")
@click.argument("seq", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why, for the entry that says so. No personal content.")
@with_appcontext
def erase(seq: int, reason: str) -> None:
    """Erase the personal content of an entry for good. The chain stays whole."""
    audit_erasing.erase(seq=seq, reason=reason, by=None, now=clock.now())
    click.echo(f"erased the personal content of entry {seq}")
