"""`flask --app server demo`: found the demo company in an empty database."""

from collections.abc import Iterable
from dataclasses import replace

import click
from flask.cli import with_appcontext

from server.extensions import clock
from server.services.demo import FULL_SIZE, DemoSignIn, create_demo


def sign_in_table(sign_ins: Iterable[DemoSignIn]) -> list[str]:
    """Lines for a person to read: login, password, who."""
    return [f"  {login:<12} {password:<16} {words}" for login, password, words in sign_ins]


@click.command("demo")
@click.option("--seed", default="eastshore-1", show_default=True, help="Another seed gives another district.")
@click.option(
    "--weeks",
    type=click.IntRange(0, 52),
    default=FULL_SIZE.weeks,
    show_default=True,
    help="Weeks of history.",
)
@with_appcontext
def demo(seed: str, weeks: int) -> None:
    """Found the demo company in an empty, migrated database and print who can sign in."""
    size = replace(FULL_SIZE, weeks=weeks)
    click.echo("\n".join(sign_in_table(create_demo(now=clock.now(), seed=seed, size=size))))
