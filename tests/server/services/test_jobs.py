"""Jobs: written down, done by one worker, told about, cancelled, given back, run again."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.domain.jobs import LOG_LINES, MOST_ATTEMPTS, SILENT_AFTER, with_line
from server.errors import Conflict, NotFound
from server.models import AuditEntry, Job
from server.services import jobs
from server.services.jobs import Cancelled, Claimed, Lost
from tests.server.field import Field, build_field

NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.fixture
def field(session: Session) -> Field:
    return build_field(session)


def asked(field: Field) -> int:
    return jobs.ask(kind="jobs.probe", parameters={"steps": 3}, now=NOW, by=field.supervisor.id).id


def claimed(job_id: int, worker: str = "one", at: datetime = NOW) -> Claimed:
    found = jobs.claim(worker=worker, now=at, job_id=job_id)
    assert found is not None
    return found


def look(session: Session, job_id: int) -> Job:
    session.rollback()
    session.expire_all()
    return session.get_one(Job, job_id)


def test_a_job_goes_from_waiting_over_running_to_done_and_says_how_far_it_is(session: Session, field: Field):
    job_id = asked(field)
    assert look(session, job_id).state == "waiting"
    mine = claimed(job_id)
    assert mine.parameters == {"steps": 3}
    jobs.tell(claimed=mine, now=NOW, progress=40, words="probing", detail="2")
    job = look(session, job_id)
    assert (job.state, job.progress, job.words) == ("running", 40, "probing")
    jobs.tell(claimed=mine, now=NOW, progress=10)
    assert look(session, job_id).progress == 40
    jobs.finish(claimed=mine, result="plan_version:7", now=NOW)
    job = look(session, job_id)
    assert (job.state, job.progress, job.result) == ("done", 100, "plan_version:7")
    assert [line[1] for line in job.log] == ["claimed", "probing", "done"]
    deeds = session.scalars(
        select(AuditEntry.deed).where(AuditEntry.subject == f"job:{job_id}").order_by(AuditEntry.seq)
    )
    assert list(deeds) == ["job.ask", "job.claim", "job.end"]


def test_a_claimed_job_is_nobody_elses(field: Field):
    job_id = asked(field)
    claimed(job_id)
    assert jobs.claim(worker="two", now=NOW, job_id=job_id) is None
    assert jobs.claim(worker="two", now=NOW) is None


def test_the_oldest_waiting_job_is_taken_first(field: Field):
    first, second = asked(field), asked(field)
    one, two = jobs.claim(worker="one", now=NOW), jobs.claim(worker="two", now=NOW)
    assert one is not None
    assert two is not None
    assert (one.id, two.id) == (first, second)


def test_D13_a_job_whose_worker_fell_silent_goes_to_another_and_the_first_one_can_do_nothing_more(
    session: Session, field: Field
):
    job_id = asked(field)
    first = claimed(job_id)
    almost = NOW + SILENT_AFTER
    assert jobs.find_due(session, now=almost) == []
    assert jobs.claim(worker="two", now=almost, job_id=job_id) is None
    later = almost + timedelta(seconds=1)
    assert jobs.find_due(session, now=later) == [job_id]
    second = claimed(job_id, "two", later)
    for deed in (jobs.tell, jobs.stop, jobs.give_back):
        with pytest.raises(Lost):
            deed(claimed=first, now=later)
    with pytest.raises(Lost):
        jobs.finish(claimed=first, result="plan_version:1", now=later)
    jobs.finish(claimed=second, result="", now=later)
    assert look(session, job_id).attempts == 2


def test_a_worker_that_says_that_it_is_alive_keeps_its_job(session: Session, field: Field):
    job_id = asked(field)
    mine = claimed(job_id)
    for minute in range(1, 5):
        at = NOW + timedelta(seconds=20 * minute)
        jobs.tell(claimed=mine, now=at)
        assert jobs.find_due(session, now=at + timedelta(seconds=15)) == []


def test_a_job_that_took_three_workers_with_it_fails(session: Session, field: Field):
    job_id = asked(field)
    at = NOW
    for attempt in range(MOST_ATTEMPTS):
        claimed(job_id, f"worker {attempt}", at)
        at += SILENT_AFTER + timedelta(seconds=1)
    assert jobs.claim(worker="fourth", now=at, job_id=job_id) is None
    job = look(session, job_id)
    assert (job.state, job.words) == ("failed", "worker_lost")


def test_a_waiting_job_is_cancelled_at_once(session: Session, field: Field):
    job_id = asked(field)
    jobs.cancel(job_id=job_id, now=NOW, by=field.supervisor.id)
    assert look(session, job_id).state == "cancelled"
    assert jobs.claim(worker="one", now=NOW, job_id=job_id) is None
    with pytest.raises(Conflict):
        jobs.cancel(job_id=job_id, now=NOW, by=field.supervisor.id)


def test_a_running_job_hears_of_its_cancelling_the_next_time_that_it_says_something(
    session: Session, field: Field
):
    job_id = asked(field)
    mine = claimed(job_id)
    assert not jobs.cancel_is_asked(session, job_id)
    jobs.cancel(job_id=job_id, now=NOW, by=field.supervisor.id)
    assert jobs.cancel_is_asked(session, job_id)
    with pytest.raises(Cancelled):
        jobs.tell(claimed=mine, now=NOW, progress=50)
    jobs.stop(claimed=mine, now=NOW)
    assert look(session, job_id).state == "cancelled"


def test_a_job_that_is_given_back_waits_again_and_the_attempt_does_not_count(session: Session, field: Field):
    job_id = asked(field)
    jobs.give_back(claimed=claimed(job_id), now=NOW)
    job = look(session, job_id)
    assert (job.state, job.attempts) == ("waiting", 0)
    assert jobs.find_due(session, now=NOW) == [job_id]


def test_a_failed_job_says_why_and_is_run_again_as_a_new_one(session: Session, field: Field):
    job_id = asked(field)
    with pytest.raises(Conflict):
        jobs.run_again(job_id=job_id, now=NOW, by=field.supervisor.id)
    jobs.fail(claimed=claimed(job_id), words="planner_refused", detail="no room", now=NOW)
    job = look(session, job_id)
    assert (job.state, job.words) == ("failed", "planner_refused")
    assert "no room" in [line[2] for line in job.log]
    again = jobs.run_again(job_id=job_id, now=NOW, by=field.manager.id)
    assert (again.again_of, again.kind, again.parameters) == (job_id, "jobs.probe", {"steps": 3})
    assert again.id != job_id


def test_a_log_never_grows_beyond_its_bound():
    log: list[list[str]] = []
    for line in range(LOG_LINES + 50):
        log = with_line(log, "at", "probing", f"{line} " + "x" * 500)
    assert len(log) == LOG_LINES
    assert log[-1][2].startswith(f"{LOG_LINES + 49} ")
    assert max(len(line[2]) for line in log) == 200


def test_everybody_lists_their_own_jobs(session: Session, field: Field):
    own = asked(field)
    other = jobs.ask(kind="jobs.probe", parameters={}, now=NOW, by=field.manager.id).id
    assert [job.id for job in jobs.find_jobs(session, asked_by=field.supervisor.id)] == [own]
    assert [job.id for job in jobs.find_jobs(session)] == [other, own]
    with pytest.raises(NotFound):
        jobs.get_job(session, other + 1)
