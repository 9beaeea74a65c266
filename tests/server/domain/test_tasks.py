"""The sample of a spot check: by risk and by chance, and the same again for the same seed."""

from datetime import UTC, date, datetime, timedelta

from server.domain.cases import due_after
from server.domain.joint_visits import total
from server.domain.tasks import Candidate, draw_sample, is_late, risks_of

CAME = datetime(2026, 11, 23, 2, tzinfo=UTC)
PLAIN = [Candidate(f"v{n:03}", n, 1, ()) for n in range(100)]
FAR = Candidate("w1", 901, 2, ("far_check_in",))
WORST = Candidate("w2", 902, 2, ("far_check_in", "short_visit", "copied_count"))


def test_half_of_a_sample_is_drawn_by_risk_the_riskiest_first_and_half_by_chance() -> None:
    drawn = draw_sample([*PLAIN, FAR, WORST], 4, 7)
    assert [(one.candidate.outlet_id, one.by) for one in drawn[:2]] == [(902, "risk"), (901, "risk")]
    assert [one.by for one in drawn[2:]] == ["chance", "chance"]
    (first,) = draw_sample([*PLAIN, FAR, WORST], 1, 7)
    assert first.candidate == WORST


def test_the_same_seed_draws_the_same_whatever_the_order_and_another_seed_draws_others() -> None:
    pool = [*PLAIN, FAR, WORST]
    assert draw_sample(pool, 10, 42) == draw_sample(pool[::-1], 10, 42)
    assert draw_sample(pool, 10, 42) != draw_sample(pool, 10, 43)


def test_chance_reaches_every_visit_however_inconspicuous() -> None:
    reached = {one.candidate.outlet_id for seed in range(300) for one in draw_sample([*PLAIN, FAR], 10, seed)}
    assert reached == {one.outlet_id for one in [*PLAIN, FAR]}


def test_where_few_are_risky_chance_fills_up_and_an_outlet_is_drawn_once() -> None:
    twice = [Candidate("x1", 5, 1, ("short_visit",)), Candidate("x2", 5, 1, ("short_visit",)), *PLAIN[:3]]
    drawn = draw_sample(twice, 4, 1)
    assert sorted(one.candidate.outlet_id for one in drawn) == [0, 1, 2, 5]
    assert draw_sample([], 4, 1) == []


def test_a_far_check_in_a_very_short_visit_and_a_copied_count_are_risks() -> None:
    def risks(distance: float | None, seconds: int, copied: bool) -> tuple[str, ...]:
        return risks_of(
            distance_m=distance,
            accuracy_m=10,
            came=CAME,
            went=CAME + timedelta(seconds=seconds),
            copied=copied,
        )

    assert risks(5, 600, False) == ()
    assert risks(None, 600, False) == ()
    assert risks(5_000, 20, True) == ("far_check_in", "short_visit", "copied_count")


def test_an_open_task_is_late_after_its_day_and_a_done_one_never() -> None:
    day = date(2026, 11, 23)
    assert is_late("open", day - timedelta(days=1), day)
    assert not is_late("open", day, day)
    assert not is_late("open", None, day)
    assert not is_late("done", day - timedelta(days=9), day)


def test_the_third_working_day_leaves_out_sundays_and_free_days() -> None:
    friday = date(2026, 11, 20)
    assert due_after(friday, ()) == date(2026, 11, 24)
    assert due_after(friday, [date(2026, 11, 23)]) == date(2026, 11, 25)


def test_the_total_of_a_joint_visit_counts_what_was_seen() -> None:
    assert total(["well", "well", "improve", "not_seen"]) == (2, 3)
    assert total(["not_seen"]) == (0, 0)
