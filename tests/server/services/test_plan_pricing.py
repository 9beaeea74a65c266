"""What a route costs and breaks, against the planner's own check, which was written apart."""

import random

import pytest

from routes_planner.calendar.check import check
from server.domain.plans import Line, PlanOutlet, PlanTerms
from server.services.plans.pricing import cheapest_place, price

RULES = {"window": "hours", "shift_hours": "shift", "max_minutes": "shift", "max_calls": "calls"}


def outlet(number: int, *, north: float = 0.0, hours: tuple[int, int] | None = None) -> PlanOutlet:
    week = tuple((day, *hours) for day in range(7)) if hours else ()
    return PlanOutlet(number, f"C{number}", f"Store {number}", "C", 22.3 + north, 114.17, 10, None, week)


def daily(numbers: list[int], weekday: int = 0) -> list[Line]:
    return [Line(one, 1, weekday, 1, 0, at + 1, None) for at, one in enumerate(numbers)]


@pytest.mark.parametrize("seed", range(25))
def test_a_day_breaks_here_what_it_breaks_by_the_planners_check(seed: int):
    rng = random.Random(seed)
    outlets = {
        n: outlet(
            n, north=rng.uniform(0, 0.08), hours=rng.choice([None, (480, 700), (900, 1200), (480, 1320)])
        )
        for n in range(1, rng.randrange(3, 25))
    }
    terms = PlanTerms(end_minute=rng.choice([700, 1050]), most_calls=rng.choice([None, 8]))
    lines = [
        Line(n, 1, weekday, weeks, rng.randrange(weeks), 0, None)
        for weekday in (0, 2)
        for n in outlets
        if (weeks := rng.choice([1, 2, 4]))
    ]
    priced = price(1, lines, outlets, terms)
    assert priced.problem is not None
    assert priced.plan is not None
    theirs = {RULES[breach.rule] for breach in check(priced.problem, priced.plan)}
    assert theirs == {breach.rule for breach in priced.breaches} - {"visits", "position"}


def test_a_days_figures_by_hand():
    # Two stores a kilometre apart (geodesic 0.00904° north), 25 km/h times 1.35: 3.24 minutes; 10 minutes in each.
    outlets = {1: outlet(1), 2: outlet(2, north=0.00904)}
    figures = price(1, daily([1, 2]), outlets, PlanTerms()).figures
    assert (figures.calls, figures.days, figures.stores) == (8, 4, 2)
    assert figures.travel == pytest.approx(4 * 3.24, abs=0.1)
    assert figures.work == pytest.approx(4 * (3.24 + 20), abs=0.2)
    assert figures.service == 80


def test_a_fortnightly_store_is_counted_in_its_own_weeks_only():
    lines = [Line(1, 1, 0, 1, 0, 1, None), Line(2, 1, 0, 2, 1, 2, None)]
    figures = price(1, lines, {1: outlet(1), 2: outlet(2, north=0.01)}, PlanTerms()).figures
    assert figures.calls == 6
    assert figures.weekdays[0][:2] == (0, 2)


def test_planned_minutes_wait_for_the_opening():
    outlets = {1: outlet(1), 2: outlet(2, north=0.00904, hours=(600, 900))}
    timed = price(1, daily([1, 2]), outlets, PlanTerms(start_minute=510)).lines
    assert [line.planned_minute for line in timed] == [587, 600]


def test_a_store_without_a_position_is_on_nobodys_way_and_named():
    nowhere = PlanOutlet(3, "C3", "Store 3", "C", None, None, 10)
    outlets = {1: outlet(1), 2: outlet(2, north=0.00904), 3: nowhere}
    priced = price(1, daily([1, 2, 3]), outlets, PlanTerms())
    assert priced.figures.travel == pytest.approx(4 * 3.24, abs=0.1)
    assert [(breach.rule, breach.outlet_id) for breach in priced.breaches] == [("position", 3)]


def test_a_store_goes_between_the_two_that_it_lies_between():
    stops = [outlet(1), outlet(2, north=0.01), outlet(3, north=0.02)]
    assert cheapest_place(outlet(9, north=0.015), stops) == 2
    assert cheapest_place(outlet(9, north=-0.01), stops) == 0
    assert cheapest_place(outlet(9, north=0.03), stops) == 3
    assert cheapest_place(outlet(9), []) == 0
