"""`flask --app server demo`: found the demo company in an empty database."""

from collections.abc import Iterable

import click
from flask.cli import with_appcontext

from server.extensions import clock
from server.services.demo import DemoSignIn, create_demo


def sign_in_table(sign_ins: Iterable[DemoSignIn]) -> list[str]:
    """Lines for a person to read: login, password, who."""
    return [f"  {login:<12} {password:<16} {words}" for login, password, words in sign_ins]


@click.command("demo")
@click.option("--seed", default="eastshore-1", show_default=True, help="Another seed gives another district.")
@with_appcontext
def demo(seed: str) -> None:
    """Found the demo company in an empty, migrated database and print who can sign in."""
    click.echo("\n".join(sign_in_table(create_demo(now=clock.now(), seed=seed))))
