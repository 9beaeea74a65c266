import json

import pytest

from routes_planner.calendar.patterns import patterns_of
from routes_planner.calendar.problem import CalendarProblem
from routes_planner.errors import FormatError, ProblemError
from routes_planner.formats.outlets_csv import read_outlets
from routes_planner.formats.problems import problem_from_json, to_json
from routes_planner.formats.pvrp import days_of, read_pvrp
from routes_planner.sequence.problem import SequenceProblem
from routes_planner.territory.problem import TerritoryProblem
from tests.planner.problems import DATA

SMALL = """1 2 2 3
100 10
0 10
0 10
0 0 0 0 0 0 0
1 3 4 5 2 1 3 1 2 4
2 6 8 5 3 2 2 5 3
"""


def test_day_combinations_read_the_first_day_leftmost():
    assert days_of(0b100, 3) == (0,)
    assert days_of(0b011, 3) == (1, 2)


def test_a_periodic_instance_becomes_stores_and_shifts(tmp_path):
    path = tmp_path / "small"
    path.write_text(SMALL)
    problem = read_pvrp(path)
    assert [s.patterns for s in problem.stores] == [((2,), (1,), (0,)), ((0, 2), (1, 2))]
    assert len(problem.shifts) == 6
    assert problem.shifts[0].max_minutes == 100.0
    assert problem.shifts[2].max_minutes == float("inf")
    assert problem.travel.cost[0, 1] == 5.0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "line 1: the file is empty"),
        ("1 2 x 3\n", "line 1: expected numbers only"),
        ("7 2 2 3\n0 1\n0 1\n0 1\n", "line 1: type 7 is not the kind"),
        (SMALL.replace("2 6 8 5 3 2 2 5 3\n", ""), "2 customers were announced, fewer are there"),
        (SMALL.replace("2 6 8 5 3 2 2 5 3", "2 6 8 5 3 2 9 5 3"), "line 7: too few columns"),
    ],
)
def test_a_broken_instance_is_refused_with_the_line(tmp_path, text, complaint):
    path = tmp_path / "broken"
    path.write_text(text)
    with pytest.raises(FormatError, match=complaint):
        read_pvrp(path)


@pytest.mark.skipif(not (DATA / "pvrp").exists(), reason="published instances are not part of the project")
def test_a_customer_of_frequency_zero_is_no_store():
    problem = read_pvrp(DATA / "pvrp" / "p11")
    assert all(store.patterns for store in problem.stores)


def calendar_json(**change):
    made = {
        "name": "week",
        "days": 5,
        "stores": [{"id": "a", "location": 0, "frequency": "2/week", "minutes": 10}],
        "shifts": [
            {"rep": "r", "day": day, "start": 1, "end": None, "opens": 480, "closes": 1080}
            for day in range(5)
        ],
        "travel": {"places": [[114.1, 22.3], [114.2, 22.3]], "kmh": 30},
    }
    made.update(change)
    return json.dumps(made)


def test_a_frequency_becomes_patterns():
    problem = problem_from_json(CalendarProblem, calendar_json())
    assert problem.stores[0].patterns == ((0, 2), (0, 3), (0, 4), (1, 3), (1, 4), (2, 4))
    assert problem.travel.minutes[0, 1] > 20


@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"days": "5"}, "days", "type"),
        ({"dayz": 5}, "dayz", "unknown"),
        ({"travel": {"places": [[200, 1], [0, 0]]}}, "places[0]", "degrees"),
        ({"travel": None}, "travel", "required"),
        ({"travel": {"plane": [[0, 0], [1, 1]], "kmh": 3}}, "travel.kmh", "unknown"),
        ({"stores": [{"id": "a", "location": 0, "frequency": "sometimes"}]}, "stores[0].frequency", "known"),
        ({"stores": [{"id": "a", "location": 0}]}, "stores[0].patterns", "required"),
        (
            {"stores": [{"id": "a", "location": 0, "patterns": [[0]], "windows": [[5]]}]},
            "stores[0].windows[0]",
            "length",
        ),
        ({"shifts": []}, "shifts", "not_empty"),
    ],
)
def test_a_wrong_field_is_named(change, field, rule):
    with pytest.raises(ProblemError) as refused:
        problem_from_json(CalendarProblem, calendar_json(**change))
    assert (refused.value.field, refused.value.rule) == (field, rule)


@pytest.mark.parametrize("text", ["{", '{"name": NaN}', '{"name": "a", "name": "b"}', "[]"])
def test_json_is_read_strictly(text):
    with pytest.raises(ProblemError):
        problem_from_json(SequenceProblem, text)


def test_a_division_reads_back_as_it_was():
    text = json.dumps(
        {
            "name": "t",
            "units": [{"id": f"u{i}", "x": i, "y": 0, "measures": [1]} for i in range(3)],
            "territories": 1,
            "tolerances": [0.05],
        }
    )
    problem = problem_from_json(TerritoryProblem, text)
    assert problem_from_json(TerritoryProblem, to_json(problem)) == problem


@pytest.mark.parametrize(
    ("frequency", "weeks", "count", "first"),
    [
        ("3/week", 1, 1, (0, 2, 4)),
        ("1/week", 2, 5, (0, 5)),
        ("fortnightly", 4, 10, (0, 10)),
        ("4-weekly", 4, 20, (0,)),
        ("5/week", 1, 1, (0, 1, 2, 3, 4)),
    ],
)
def test_patterns_of_a_frequency(frequency, weeks, count, first):
    found = patterns_of(frequency, weeks)
    assert len(found) == count
    assert found[0] == first


def test_a_frequency_that_does_not_fit_the_cycle_is_refused():
    with pytest.raises(ProblemError, match="does not repeat in 2 weeks"):
        patterns_of("4-weekly", 2)


def test_a_store_list_is_read_with_classes_and_defaults(tmp_path):
    path = tmp_path / "outlets.csv"
    path.write_text(
        "name,longitude,latitude,class,minutes\n甲店,114.1,22.3,A,20\n乙店,114.2,22.3,,\n", encoding="utf-8"
    )
    first, second = read_outlets(path)
    assert (first.frequency, first.minutes) == ("2/week", 20.0)
    assert (second.frequency, second.minutes, second.id) == ("1/week", 12.0, "2 乙店")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("shop,lon,lat\n", "line 1: needs the columns"),
        ("name,longitude,latitude\na,x,1\n", "line 2: longitude, latitude and minutes must be numbers"),
        (
            "name,longitude,latitude\na,1,1\nb,200,1\n",
            "line 3: longitude, latitude or minutes is out of range",
        ),
        ("name,longitude,latitude,frequency\na,1,1,never\n", "line 2: frequency never is none of"),
    ],
)
def test_a_wrong_store_list_is_refused_with_the_line(tmp_path, text, complaint):
    path = tmp_path / "outlets.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=complaint):
        read_outlets(path)
