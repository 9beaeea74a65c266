"""Keys that are replaced beside the running server: numbers stay found, and old checkpoints stay good."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from server import create_app
from server.config import Settings
from server.domain.keyring import rotated
from server.extensions import clock, db
from server.keyring import Keeper
from server.models import Contact
from server.services import keys, reindexing, resealing
from server.services.checkpoints import CheckpointKeeper
from tests.faults.office import index_numbers
from tests.server.field import build_field

NOW = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
NUMBER = "+85260000000"


def settings(folder: Path, url: str) -> Settings:
    return Settings(data=folder, database_url=url, secret_key="only for tests", testing=True, clock=NOW)


@pytest.fixture
def own_app(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = create_app(settings(tmp_path / "data", empty_database_url))
    with app.app_context():
        upgrade()
        keys.note_ring(now=NOW)
        build_field(db.session())
        index_numbers(db.session())
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()
    clock.start_at(None)


def found() -> int:
    """Contacts that the index finds by their number."""
    db.session.rollback()
    return (
        db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Contact)
            .where(keys.has_number(Contact.phone_index, NUMBER))
        )
        or 0
    )


def indexes() -> set[str]:
    db.session.rollback()
    return {
        str(one)
        for one in db.session.scalars(sa.text("SELECT phone_index FROM contact WHERE phone_index <> ''"))
    }


def test_a_number_is_found_before_while_and_after_the_index_gets_another_key(
    own_app: Flask, tmp_path: Path
) -> None:
    before, there = indexes(), found()
    assert there >= 1
    resealing.rotate("blind", now=NOW)
    assert (found(), indexes()) == (there, before), "nothing is indexed anew yet, and all is found"

    assert list(reindexing.reindex())[-1][1] == len(list(db.session.scalars(sa.select(Contact.id))))
    assert found() == there
    assert indexes().isdisjoint(before)
    assert [key.state for key in keys.ring().of("blind")] == ["old", "current"], (
        "searched until a walk finds nothing"
    )
    assert list(reindexing.reindex())[-1][1] == 0
    assert [key.state for key in keys.ring().of("blind")] == ["retired", "current"]
    assert found() == there
    assert list(reindexing.reindex()) == [], "and then there is nothing to do"
    url = own_app.config["SQLALCHEMY_DATABASE_URI"]
    again = create_app(settings(tmp_path / "data", url))
    with again.app_context():
        assert len(keys.ring().of("blind")) == 2, "the ring still proves itself to its database"
        db.engine.dispose()


def test_what_a_deed_wrote_with_the_old_key_during_the_walk_is_found_and_indexed_by_the_next(
    own_app: Flask,
) -> None:
    there, old = found(), next(iter(indexes()))
    resealing.rotate("blind", now=NOW)
    list(reindexing.reindex())
    one = db.session.scalars(
        sa.select(Contact.id).where(keys.has_number(Contact.phone_index, NUMBER))
    ).first()
    stale = keys.ring().blind(NUMBER, "phone", keys.ring().of("blind")[0])
    db.session.execute(sa.text("UPDATE contact SET phone_index = :i WHERE id = :k"), {"i": stale, "k": one})
    db.session.commit()
    assert found() == there
    assert list(reindexing.reindex())[-1][1] == 1
    assert keys.ring().of("blind")[0].state == "old", "this walk found something"
    list(reindexing.reindex())
    assert found() == there
    assert old not in indexes()


def test_old_checkpoints_are_verified_after_the_signing_key_was_replaced_elsewhere(tmp_path: Path) -> None:
    """Two processes, one ring: what one signs with the new key the other knows, and neither forgets the old one."""
    here = Keeper.new_file(tmp_path / "ring.json", NOW)
    there = Keeper.of_file(tmp_path / "ring.json")
    old_id, old_signature = here.ring.sign(b"before")
    here.change(lambda ring: rotated(ring, "checkpoint", NOW))
    new_id, new_signature = here.ring.sign(b"after")
    assert new_id != old_id
    there.refresh()
    for keeper in (here, there):
        assert keeper.ring.verify(old_id, b"before", old_signature)
        assert keeper.ring.verify(new_id, b"after", new_signature)
        assert not keeper.ring.verify(old_id, b"after", new_signature)


def test_the_next_checkpoint_is_signed_with_the_new_key_and_the_one_before_stays_signed(
    own_app: Flask,
) -> None:
    signer: CheckpointKeeper = own_app.extensions["checkpoints"]
    resealing.rotate("checkpoint", now=NOW)
    first = signer.make(db.session(), now=NOW)
    resealing.rotate("checkpoint", now=NOW)
    second = signer.make(db.session(), now=NOW)
    assert first is not None
    assert second is not None
    assert first.key_id != second.key_id == keys.ring().current("checkpoint").id
    assert signer.is_signed(first)
    assert signer.is_signed(second)


@pytest.mark.parametrize("purpose", ["blind", "checkpoint"])
def test_the_command_says_what_to_do_next(own_app: Flask, purpose: str) -> None:
    said = own_app.test_cli_runner().invoke(args=["keys", "rotate", purpose])
    assert said.exit_code == 0, said.output
    assert keys.ring().current(purpose).id in said.output  # type: ignore[arg-type]
    assert "back the ring up" in said.output
