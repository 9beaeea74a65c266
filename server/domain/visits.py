"""The call: its steps and when it is complete, the counting rules, and what its evidence shows.

The steps are data (`step_template.json`, shipped to the phone in the catalogue), so that an outlet class may
have others. Evidence is a flag on the visit for a person to look at; it never stops a rep.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple

from server.domain.clock import is_adjusted
from server.domain.errors import DomainError
from server.domain.quantities import MAX_SUM, whole_number

StepRule = Literal["required", "optional", "skippable"]
StepWhen = Literal["day", "visit"]
State = Literal["open", "done", "skipped"]
JumpKind = Literal["grew", "dropped"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a call. `per` is `day` for what is done once before leaving: a visit then need not repeat
    it.
    `reasons`: keys that excuse a skip; only a skippable step has them."""

    key: str
    rule: StepRule
    per: StepWhen = "visit"
    reasons: tuple[str, ...] = ()
    checklist: tuple[str, ...] = ()
    photos: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rule not in ("required", "optional", "skippable"):
            raise DomainError(f"steps.{self.key}.rule", "one_of", allowed="required, optional, skippable")
        if self.per not in ("day", "visit"):
            raise DomainError(f"steps.{self.key}.per", "one_of", allowed="day, visit")
        if self.rule == "skippable" and not self.reasons:
            raise DomainError(f"steps.{self.key}.reasons", "required")


@dataclass(frozen=True, slots=True)
class Outcome:
    """Why a call ended without an order. `excuses`: steps that could not be done then (nobody counts a closed
    store). `words`: the key alone says nothing, so a sentence is asked for."""

    key: str
    words: bool = False
    excuses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StepTemplate:
    """The steps of a call in their order, and the outcomes of a call without an order."""

    version: int
    steps: tuple[Step, ...]
    outcomes: tuple[Outcome, ...]

    def __post_init__(self) -> None:
        keys = [step.key for step in self.steps]
        if len(set(keys)) != len(keys):
            raise DomainError("steps", "twice")
        for outcome in self.outcomes:
            if not outcome.excuses <= set(keys):
                raise DomainError(f"outcomes.{outcome.key}.excuses", "one_of", allowed=", ".join(keys))


def template_from(data: Mapping[str, Any]) -> StepTemplate:
    """A template from its JSON form (see step_template.json). Errors: DomainError for what breaks a rule,
    KeyError for a missing key."""
    steps = tuple(
        Step(
            key=step["key"],
            rule=step["rule"],
            per=step["per"],
            reasons=tuple(step["reasons"]),
            checklist=tuple(step["checklist"]),
            photos=tuple(step["photos"]),
        )
        for step in data["steps"]
    )
    outcomes = tuple(Outcome(o["key"], o["words"], frozenset(o["excuses"])) for o in data["outcomes"])
    return StepTemplate(whole_number("version", data["version"], least=1), steps, outcomes)


DEFAULT_TEMPLATE_JSON: Final[Mapping[str, Any]] = MappingProxyType(
    json.loads(Path(__file__).with_name("step_template.json").read_text("utf-8"))
)
"""The default template as it goes to the phone."""

DEFAULT_TEMPLATE: Final = template_from(DEFAULT_TEMPLATE_JSON)


@dataclass(frozen=True, slots=True)
class StepState:
    state: State = "open"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """What completeness asks of a visit. `steps` by step key (an absent one is open); `to_count` and
    `counted` are SKU ids; `outcome` is None or a key of the template; `outcome_words` are the rep's own."""

    steps: Mapping[str, StepState]
    to_count: frozenset[int] = frozenset()
    counted: frozenset[int] = frozenset()
    has_order: bool = False
    outcome: str | None = None
    outcome_words: str = ""


class StepProblem(NamedTuple):
    """A step and the rule it breaks: `required`, `done_or_skipped`, `cannot_skip`, `reason_required`,
    `reason_unknown`, `counts_missing`, `order_or_outcome`, `order_and_outcome`, `outcome_unknown`,
    `words_required`, `unknown_step`."""

    step: str
    rule: str


def visit_problems(template: StepTemplate, visit: VisitRecord) -> list[StepProblem]:
    """What keeps a visit from being complete, in the template's order; empty when it is.

    - A required step is done, a skippable one done or skipped with one of its reasons, an optional one as you
      like.
    - A step that the outcome excuses may stay open, or be skipped without a reason.
    - `prepare` and whatever else is done once a day may stay open in a visit.
    - The count is done when every SKU is counted, whatever was ticked.
    - The order step is done by an order or by an outcome code, never both; `other` asks for words.
    """
    outcome = next((known for known in template.outcomes if known.key == visit.outcome), None)
    excused = outcome.excuses if outcome and not visit.has_order else frozenset()
    problems: list[StepProblem] = []
    for step in template.steps:
        rule = (
            _order_rule(visit, outcome)
            if step.key == "order"
            else _step_rule(step, visit, excused=step.key in excused)
        )
        if rule:
            problems.append(StepProblem(step.key, rule))
    known = {step.key for step in template.steps}
    problems.extend(StepProblem(key, "unknown_step") for key in sorted(set(visit.steps) - known))
    return problems


def _step_rule(step: Step, visit: VisitRecord, *, excused: bool) -> str | None:
    done = visit.steps.get(step.key, StepState())
    if done.state == "skipped":
        return _skip_rule(step, done.reason, excused=excused)
    if excused:
        return None
    if step.key == "count":
        return "counts_missing" if visit.to_count - visit.counted else None
    if done.state == "done" or step.per == "day" or step.rule == "optional":
        return None
    return "required" if step.rule == "required" else "done_or_skipped"


def _skip_rule(step: Step, reason: str, *, excused: bool) -> str | None:
    if excused or step.rule == "optional":
        return None
    if step.rule == "required":
        return "cannot_skip"
    if not reason:
        return "reason_required"
    return None if reason in step.reasons else "reason_unknown"


def _order_rule(visit: VisitRecord, outcome: Outcome | None) -> str | None:
    if visit.has_order:
        return None if visit.outcome is None else "order_and_outcome"
    if visit.outcome is None:
        return "order_or_outcome"
    if outcome is None:
        return "outcome_unknown"
    return "words_required" if outcome.words and not visit.outcome_words.strip() else None


FAR_M: Final = 200
"""Metres from the outlet above which a check-in is far, where the fix is good enough to say so."""
POOR_ACCURACY_M: Final = 100
SHORT_VISIT_S: Final = 60
COPIED_PERCENT: Final = 80
COPIED_LEAST_LINES: Final = 5
"""Below five counted lines a share of lines says nothing."""


@dataclass(frozen=True, slots=True)
class VisitEvidence:
    """What the phone noted around a visit. Metres, seconds, milliseconds; None where it could not know.

    `distance_m`: from the check-in to the outlet. `accuracy_m`: of the check-in's fix, None without a fix.
    `lines_same`: lines answered with "same as last" in place of a figure.
    `offset_ms`: server time minus phone time as last known; None when never known.
    """

    distance_m: float | None = None
    accuracy_m: float | None = None
    duration_s: float | None = None
    lines_counted: int = 0
    lines_same: int = 0
    offset_ms: int | None = None
    planned: bool = True
    assigned: bool = True


FLAGS: Final = (
    "far_check_in",
    "no_fix",
    "poor_fix",
    "short_visit",
    "copied_count",
    "clock_adjusted",
    "unplanned",
    "outside_assignment",
)


def visit_flags(evidence: VisitEvidence) -> tuple[str, ...]:
    """What a person may want to look at, in the order of FLAGS. Nothing here refuses or changes a visit.

    far_check_in: more than 200 m away, and further than the fix is uncertain. no_fix: no position. poor_fix:
    accuracy above 100 m. short_visit: under 60 s. copied_count: at least 80 % of five or more counted lines
    were "same as last". clock_adjusted: phone and server clocks were more than 2 minutes apart.
    """
    distance, accuracy, seconds = evidence.distance_m, evidence.accuracy_m, evidence.duration_s
    lines = evidence.lines_counted
    shown = {
        "far_check_in": distance is not None and distance > FAR_M and distance > (accuracy or 0),
        "no_fix": accuracy is None,
        "poor_fix": accuracy is not None and accuracy > POOR_ACCURACY_M,
        "short_visit": seconds is not None and seconds < SHORT_VISIT_S,
        "copied_count": lines >= COPIED_LEAST_LINES and evidence.lines_same * 100 >= lines * COPIED_PERCENT,
        "clock_adjusted": evidence.offset_ms is not None and is_adjusted(evidence.offset_ms),
        "unplanned": not evidence.planned,
        "outside_assignment": not evidence.assigned,
    }
    return tuple(flag for flag in FLAGS if shown[flag])


JUMP_PACKS: Final = 3
JUMP_PERCENT: Final = 80


def jump(last_count: int | None, delivered: int | None, count: int, pack: int) -> JumpKind | None:
    """Whether a count is so far from the last one that the rep is asked about it, once.

    `grew`: more stands there than was counted and delivered. `dropped`: the stock fell by more than three
    packs and by more than 80 % of what was there; a shelf of two packs may empty without a question, a shelf
    of twenty may not. None for anything else, and without a last count. Pieces; errors: DomainError.
    """
    last = None if last_count is None else whole_number("last_count", last_count, most=MAX_SUM)
    came = 0 if delivered is None else whole_number("delivered", delivered, most=MAX_SUM)
    whole_number("count", count, most=MAX_SUM)
    whole_number("pack", pack, least=1, most=MAX_SUM)
    if last is None:
        return None
    available = last + came
    if count > available:
        return "grew"
    drop = available - count
    return "dropped" if drop > JUMP_PACKS * pack and drop * 100 > available * JUMP_PERCENT else None


def is_jump(last_count: int | None, delivered: int | None, count: int, pack: int) -> bool:
    """Whether `jump` has something to ask."""
    return jump(last_count, delivered, count, pack) is not None
