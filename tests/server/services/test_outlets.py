"""Outlets are found by what a person types, and proposals are decided beside what the book has."""

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from server.errors import Conflict, Invalid
from server.models import Contact, Outlet, OutletProposal
from server.services import outlets
from server.services.outlets import OutletFilter
from tests.server.field import PASSWORD, build_field

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)


def found(session: Session, **wanted: object) -> list[int]:
    page, total = outlets.find_outlets(session, OutletFilter(**wanted), day=DAY, offset=0, limit=200)
    assert total == len(page)
    return [outlet.id for outlet in page]


def test_an_outlet_is_found_by_part_of_its_name_code_or_address(session: Session):
    field = build_field(session)
    one = session.get_one(Outlet, field.outlets[0])
    one.name, one.address = "Straße 士多 100%", "彌敦道 1_2 號"
    session.commit()
    for words in ("士多 100%", "1_2", one.code.lower(), "STRA"):
        assert field.outlets[0] in found(session, words=words), words
    assert found(session, words="100x") == []
    assert found(session, words="' OR 1=1 --") == []


def test_outlets_are_narrowed_to_those_on_no_route(session: Session):
    field = build_field(session)
    assert found(session, territory_id=field.territory, routed=False) == [field.loose_outlet]
    assert set(found(session, territory_id=field.far_territory, routed=True)) == set(field.far_outlets)


def test_a_page_is_bounded_and_says_how_many_there_are(session: Session):
    build_field(session, outlets=30)
    page, total = outlets.find_outlets(session, OutletFilter(), day=DAY, offset=5, limit=10_000)
    assert total == 91
    assert len(page) == total - 5
    first, _ = outlets.find_outlets(session, OutletFilter(), day=DAY, offset=0, limit=5)
    assert not {one.id for one in first} & {one.id for one in page}


def propose(session: Session, field, name: str, beside: int) -> UUID:
    neighbour = session.get_one(Outlet, beside)
    proposal = OutletProposal(
        id=uuid4(), person_id=field.rep.id, proposed_at=NOW, name=name, address="砵蘭街 9 號",
        latitude=neighbour.latitude, longitude=neighbour.longitude, contact_name="陳太", contact_phone="2345 6789",
    )  # fmt: skip
    session.add(proposal)
    session.commit()
    return proposal.id


def test_a_proposal_is_shown_beside_the_outlet_that_it_may_be(session: Session):
    field = build_field(session)
    name = session.get_one(Outlet, field.outlets[0]).name
    propose(session, field, name, field.outlets[0])
    propose(session, field, "完全不同的名字商店", field.outlets[0])
    shown = {
        one.proposal.name: [near.id for near in one.near]
        for one in outlets.find_proposals(session, status="open")
    }
    assert field.outlets[0] in shown[name]
    assert shown["完全不同的名字商店"] == []


def test_an_accepted_proposal_becomes_an_outlet_once(session: Session):
    field = build_field(session)
    proposal_id = propose(session, field, "新士多", field.outlets[0])
    decided = outlets.decide_proposal(
        proposal_id=proposal_id,
        accept=True,
        territory_id=field.territory,
        note="",
        now=NOW,
        by=field.custodian.id,
    )
    outlet = session.get_one(Outlet, decided.outlet_id)
    assert (outlet.name, outlet.territory_id, outlet.position_source) == ("新士多", field.territory, "rep")
    assert session.query(Contact).filter_by(outlet_id=outlet.id).one().name == "陳太"
    with pytest.raises(Conflict):
        outlets.decide_proposal(
            proposal_id=proposal_id,
            accept=True,
            territory_id=field.territory,
            note="",
            now=NOW,
            by=field.custodian.id,
        )


def test_a_refusal_needs_a_word_to_the_rep(session: Session):
    field = build_field(session)
    proposal_id = propose(session, field, "新士多", field.outlets[0])
    with pytest.raises(Invalid) as refused:
        outlets.decide_proposal(
            proposal_id=proposal_id, accept=False, territory_id=None, note=" ", now=NOW, by=field.custodian.id
        )
    assert refused.value.errors[0].field == "note"


def test_the_custodian_decides_over_the_api_and_a_supervisor_may_not(client: FlaskClient, session: Session):
    field = build_field(session)
    proposal_id = propose(session, field, "新士多", field.outlets[0])
    client.post("/api/v1/session", json={"login": "supervisor", "password": PASSWORD})
    body = {"accept": True, "territory_id": field.territory}
    assert client.post(f"/api/v1/proposals/{proposal_id}/decide", json=body).status_code == 403
    client.post("/api/v1/session", json={"login": "custodian", "password": PASSWORD})
    assert len(client.get("/api/v1/proposals").json) == 1
    assert client.post(f"/api/v1/proposals/{proposal_id}/decide", json=body).json["status"] == "accepted"
    assert client.get("/api/v1/proposals").json == []
