"""When a call is complete, which counts are asked about, and what a visit's evidence shows."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import DomainError
from server.domain.visits import (
    DEFAULT_TEMPLATE,
    DEFAULT_TEMPLATE_JSON,
    FLAGS,
    StepState,
    VisitEvidence,
    VisitRecord,
    is_jump,
    jump,
    template_from,
    visit_flags,
    visit_problems,
)
from tests.contracts import contract

PROBLEMS = contract("visit_problems")
EVIDENCE = contract("visit_flags")
JUMPS = contract("count_jumps")["cases"]


def name(case: dict[str, Any]) -> str:
    return str(case["name"])


def record(case: dict[str, Any]) -> VisitRecord:
    facts = PROBLEMS["base"] | case
    steps = facts["steps"] | case.get("set", {})
    return VisitRecord(
        steps={key: StepState(state, reason) for key, (state, reason) in steps.items()},
        to_count=frozenset(facts["to_count"]),
        counted=frozenset(facts["counted"]),
        has_order=facts["has_order"],
        outcome=facts["outcome"],
        outcome_words=facts["outcome_words"],
    )


@pytest.mark.parametrize("case", PROBLEMS["cases"], ids=name)
def test_what_keeps_a_visit_from_being_complete(case: dict[str, Any]) -> None:
    assert [list(problem) for problem in visit_problems(DEFAULT_TEMPLATE, record(case))] == case["expect"]


def test_the_default_template_has_the_eight_steps_in_their_order() -> None:
    keys = [step.key for step in DEFAULT_TEMPLATE.steps]
    assert keys == ["prepare", "outdoor", "greet", "merchandise", "count", "present", "order", "thank"]


def test_photos_belong_to_the_outdoor_and_the_merchandise_step() -> None:
    with_photos = {step.key: step.photos for step in DEFAULT_TEMPLATE.steps if step.photos}
    assert with_photos == {"outdoor": ("before", "after"), "merchandise": ("before", "after")}


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        (("steps", 0, "rule"), "maybe", "steps.prepare.rule"),
        (("steps", 0, "per"), "week", "steps.prepare.per"),
        (("steps", 1, "reasons"), [], "steps.outdoor.reasons"),
        (("steps", 1, "key"), "prepare", "steps"),
        (("outcomes", 0, "excuses"), ["dance"], "outcomes.closed.excuses"),
        (("version",), 0, "version"),
    ],
)
def test_a_template_checks_itself(path: tuple[Any, ...], value: Any, field: str) -> None:
    broken = copy.deepcopy(dict(DEFAULT_TEMPLATE_JSON))
    part: Any = broken
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(DomainError) as caught:
        template_from(broken)
    assert caught.value.field == field


states = st.builds(
    StepState, st.sampled_from(["open", "done", "skipped"]), st.sampled_from(["", "no_time", "x"])
)
records = st.builds(
    VisitRecord,
    steps=st.dictionaries(st.sampled_from([step.key for step in DEFAULT_TEMPLATE.steps]), states),
    to_count=st.frozensets(st.integers(1, 3)),
    counted=st.frozensets(st.integers(1, 3)),
    has_order=st.booleans(),
    outcome=st.none() | st.sampled_from([outcome.key for outcome in DEFAULT_TEMPLATE.outcomes]),
    outcome_words=st.sampled_from(["", "搬遷中"]),
)


@given(visit=records)
def test_each_step_is_named_at_most_once_and_in_the_templates_order(visit: VisitRecord) -> None:
    named = [problem.step for problem in visit_problems(DEFAULT_TEMPLATE, visit)]
    order = [step.key for step in DEFAULT_TEMPLATE.steps]
    assert named == sorted(set(named), key=order.index)


@given(visit=records)
def test_counting_more_never_adds_a_problem(visit: VisitRecord) -> None:
    more = VisitRecord(
        visit.steps, visit.to_count, visit.to_count, visit.has_order, visit.outcome, visit.outcome_words
    )
    assert set(visit_problems(DEFAULT_TEMPLATE, more)) <= set(visit_problems(DEFAULT_TEMPLATE, visit))


@pytest.mark.parametrize("case", EVIDENCE["cases"], ids=name)
def test_what_the_evidence_shows(case: dict[str, Any]) -> None:
    facts = {key: case.get(key, value) for key, value in EVIDENCE["base"].items()}
    assert list(visit_flags(VisitEvidence(**facts))) == case["expect"]


numbers = st.none() | st.floats(allow_nan=True)


@given(distance=numbers, accuracy=numbers, seconds=numbers, lines=st.integers(0, 50), same=st.integers(0, 50))
def test_evidence_never_blocks_whatever_the_sensors_say(
    distance: float | None, accuracy: float | None, seconds: float | None, lines: int, same: int
) -> None:
    flags = visit_flags(VisitEvidence(distance, accuracy, seconds, lines, same))
    assert set(flags) <= set(FLAGS)
    assert list(flags) == sorted(flags, key=FLAGS.index)


@pytest.mark.parametrize("case", JUMPS, ids=name)
def test_a_jump_against_the_last_count(case: dict[str, Any]) -> None:
    if "expect" in case:
        assert jump(**case["input"]) == case["expect"]
        assert is_jump(**case["input"]) is (case["expect"] is not None)
        return
    with pytest.raises(DomainError) as caught:
        jump(**case["input"])
    assert (caught.value.field, caught.value.rule) == (case["error"]["field"], case["error"]["rule"])


counts = st.integers(0, 100_000)


@given(last=counts, delivered=counts, count=counts, pack=st.integers(1, 100))
def test_a_count_grew_exactly_when_more_is_there_than_could_be(
    last: int, delivered: int, count: int, pack: int
) -> None:
    assert (jump(last, delivered, count, pack) == "grew") is (count > last + delivered)


@given(last=counts, count=counts, pack=st.integers(1, 100))
def test_a_drop_of_at_most_three_packs_is_never_asked_about(last: int, count: int, pack: int) -> None:
    if 0 <= last - count <= 3 * pack:
        assert jump(last, 0, count, pack) is None
