"""Bodies of a supervisor's work in the field, and of what is written down about an outlet besides visits: tasks done,
joint visits, interactions, cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from server.domain.cases import INTERACTIONS
from server.domain.cases import KINDS as CASES
from server.domain.errors import DomainError
from server.domain.joint_visits import MARKS, STEPS
from server.domain.operation_bodies import reading as read
from server.domain.tasks import ANSWERED, OUTCOMES

_OUTCOMES = frozenset(one for many in OUTCOMES.values() for one in many)


def _day(path: str, value: object) -> date | None:
    return None if value is None else read.day(path, value)


@dataclass(frozen=True, slots=True)
class TaskDone:
    """`answers`: question -> yes or no. Which ones the task asks is judged when it is applied."""

    task_id: int
    at: datetime
    outcome: str
    answers: dict[str, bool]
    note: str

    @staticmethod
    def read(value: object) -> TaskDone:
        body = read.record("", value, ("task_id", "at", "outcome", "answers", "note"))
        answers = body["answers"]
        if type(answers) is not dict:
            raise DomainError("answers", "type")
        for name, answer in answers.items():
            read.choice("answers", name, ANSWERED)
            read.flag(f"answers.{name}", answer)
        return TaskDone(
            task_id=read.whole("task_id", body["task_id"], least=1, most=read.MAX_ID),
            at=read.instant("at", body["at"]),
            outcome=read.choice("outcome", body["outcome"], _OUTCOMES),
            answers=dict(answers),
            note=read.text("note", body["note"], 1000, lines=True),
        )


class StepMark(NamedTuple):
    step: str
    mark: str
    words: str


@dataclass(frozen=True, slots=True)
class JointVisitRecord:
    """`steps`: all eight, in their order, as [step, mark, words]."""

    joint_visit_id: UUID
    outlet_id: int
    person_id: int
    at: datetime
    steps: tuple[StepMark, ...]
    words: str
    action: str
    action_due: date | None

    @staticmethod
    def read(value: object) -> JointVisitRecord:
        keys = (
            "joint_visit_id", "outlet_id", "person_id", "at", "steps", "words", "action", "action_due",
        )  # fmt: skip
        body = read.record("", value, keys)
        action = read.text("action", body["action"], 500, lines=True)
        due = _day("action_due", body["action_due"])
        if (due is None) != (not action):
            raise DomainError("action" if due else "action_due", "required")
        return JointVisitRecord(
            joint_visit_id=read.uuid("joint_visit_id", body["joint_visit_id"]),
            outlet_id=read.whole("outlet_id", body["outlet_id"], least=1, most=read.MAX_ID),
            person_id=read.whole("person_id", body["person_id"], least=1, most=read.MAX_ID),
            at=read.instant("at", body["at"]),
            steps=_steps(body["steps"]),
            words=read.text("words", body["words"], 1000, lines=True),
            action=action,
            action_due=due,
        )


def _steps(value: object) -> tuple[StepMark, ...]:
    marks = []
    for index, (name, one) in enumerate(zip(STEPS, read.row("steps", value, len(STEPS)), strict=True)):
        path = f"steps.{index}"
        step, mark, words = read.row(path, one, 3)
        marks.append(
            StepMark(
                read.choice(f"{path}.0", step, (name,)),
                read.choice(f"{path}.1", mark, MARKS),
                read.text(f"{path}.2", words, 300, lines=True),
            )
        )
    return tuple(marks)


@dataclass(frozen=True, slots=True)
class InteractionAdd:
    outlet_id: int
    at: datetime
    kind: str
    text: str

    @staticmethod
    def read(value: object) -> InteractionAdd:
        body = read.record("", value, ("outlet_id", "at", "kind", "text"))
        return InteractionAdd(
            outlet_id=read.whole("outlet_id", body["outlet_id"], least=1, most=read.MAX_ID),
            at=read.instant("at", body["at"]),
            kind=read.choice("kind", body["kind"], INTERACTIONS),
            text=read.text("text", body["text"], 1000, least=1, lines=True),
        )


@dataclass(frozen=True, slots=True)
class CaseOpen:
    """`due` None: three working days from now."""

    outlet_id: int
    at: datetime
    kind: str
    text: str
    due: date | None

    @staticmethod
    def read(value: object) -> CaseOpen:
        body = read.record("", value, ("outlet_id", "at", "kind", "text", "due"))
        return CaseOpen(
            outlet_id=read.whole("outlet_id", body["outlet_id"], least=1, most=read.MAX_ID),
            at=read.instant("at", body["at"]),
            kind=read.choice("kind", body["kind"], CASES),
            text=read.text("text", body["text"], 1000, least=1, lines=True),
            due=_day("due", body["due"]),
        )
