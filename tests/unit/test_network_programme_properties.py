"""Any programme that passes the checker, lived through at random: there is always a next step, and it has a day."""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from network.programmes.domain import pausing, steps
from network.programmes.domain.checking import check
from network.programmes.domain.enrolment import Enrolment, Entered, Met, Pause, Subject
from network.programmes.domain.grammar import Programme
from network.programmes.domain.owing import ledger
from network.programmes.domain.parts import END
from network.programmes.domain.refusals import Refused
from network.programmes.domain.said import Said
from network.programmes.domain.windows import wakes_at, windows
from network.tasks.domain.task import Task
from rules.calendars import NATIONAL
from rules.spans import TAIPEI

START = datetime(2026, 1, 20, 9, tzinfo=TAIPEI)
NAMES = ("first", "second", "third")
UNIT = "chiayi-county/health"
_SOURCE = {"source": "x", "verified": False}


@st.composite
def tasks(draw: st.DrawFn, stage: str, papers: bool) -> list[dict[str, Any]]:
    """One that lasts until its stage is left, and up to two others."""
    lasting = draw(st.sampled_from(["answer", "period", "rolling"]))
    any_ = ["answer", "contact", "period", "rolling", *(["evidence"] if papers else [])]
    found = []
    for kind in dict.fromkeys([lasting, *draw(st.lists(st.sampled_from(any_), max_size=2))]):
        task: dict[str, Any] = {"id": f"{stage}_{kind}"} | _SOURCE
        if kind in ("answer", "contact", "evidence"):
            task["due"] = draw(st.sampled_from(["72h", "3d", "2wd", "1mo"]))
        if kind == "period":
            task |= {"every": draw(st.sampled_from(["week", "month", "quarter"])), "at_least": draw(st.integers(1, 3))}
            task |= draw(st.sampled_from([{}, {"until": "20d"}]))
        if kind == "rolling":
            task["every"] = "9d"
        task |= {"contact": "talk"} if kind in ("contact", "period", "rolling") else {}
        task |= {"evidence": "paper"} if kind == "evidence" else {}
        found.append(task)
    return found


@st.composite
def programmes(draw: st.DrawFn) -> Programme:
    """One that the checker lets pass: from each stage an answer leads on, and others lead anywhere."""
    names = NAMES[: draw(st.integers(1, 3))]
    papers = draw(st.booleans())
    anywhere = st.lists(st.sampled_from([*names, END]), max_size=2)
    stages: dict[str, Any] = {}
    for name, onward in zip(names, (*names[1:], END), strict=True):
        ahead = [onward, *draw(anywhere)]
        needs = [("paper",) if papers and (not stages or draw(st.booleans())) else () for _ in ahead]
        answers = {f"answer_{at}": {"to": to, "needs": needs[at]} for at, to in enumerate(ahead)}
        contacts = [{"id": "talk", "kind": ["visit", "telephone"]}]
        stages[name] = {"tasks": draw(tasks(name, papers)), "contacts": contacts, "next": answers}
    codes = [*names, "p", "talk", "paper", "number", *(f"answer_{at}" for at in range(3))]
    codes += [task["id"] for stage in stages.values() for task in stage["tasks"]]
    made = Programme.model_validate({
        "programme": "p", "version": 1, "since": "2026-01-01", "of": "person", "unit": "health", "enters_by": ["rule"],
        "stages": stages, "figures": {"number": {"count": "begun"}}, "words": {code: ["字", "word"] for code in codes},
        "pausable": {"longest": "3mo"} | _SOURCE,
    } | _SOURCE)  # fmt: skip
    assert not check(made)
    return made


ACTS = st.tuples(st.sampled_from(["answer", "contact", "wait", "pause"]), st.integers(0, 2), st.integers(1, 50))


@settings(max_examples=50)
@given(programmes(), st.lists(ACTS, max_size=8))
def test_an_open_enrolment_always_has_a_next_step_by_a_day(
    programme: Programme, acts: list[tuple[str, int, int]]
) -> None:
    now, kept = START, dict[str, Task]()
    it = Enrolment(
        "e", "p", 1, "chiayi-county", UNIT, Subject(person="p"), "rule", (Entered(programme.first, _said(now)),)
    )
    _owes(programme, it, kept, now)
    for what, nth, days in [*acts, ("wait", 0, 70)]:
        until = now + timedelta(days=days)
        while (wakes := wakes_at(windows(programme, it, NATIONAL, now), now)) and wakes < until:
            now = wakes  # as the clock goes on, nobody doing anything
            _owes(programme, it, kept, now)
        now = until
        it = _acted(programme, it, what, nth, now)
        _owes(programme, it, kept, now)


def _acted(programme: Programme, it: Enrolment, what: str, nth: int, now: datetime) -> Enrolment:
    try:
        if what == "answer":
            answers = list(programme.stages[it.stage].next) if it.is_open else ["none"]
            return steps.answered(
                it, programme, answers[nth % len(answers)], _said(now), evidence=("paper",) if nth else ()
            )
        if what == "contact":
            return steps.contacted(it, programme, Met(f"m{now}", "talk", "visit", _said(now)))
        if what == "pause":
            asked = Pause(now, now + timedelta(days=5 + 20 * nth), "x", _said(now))
            return pausing.paused(it, programme, asked, NATIONAL)
    except Refused:
        assert not it.is_open or what in ("answer", "pause")
    return it


def _owes(programme: Programme, it: Enrolment, kept: dict[str, Task], now: datetime) -> None:
    for task in ledger(it, windows(programme, it, NATIONAL, now), [*kept.values()], NATIONAL, at=now):
        kept[task.id] = task
    owed = [task for task in kept.values() if task.is_open]
    if it.stage == END:
        assert not owed
    else:
        assert programme.stages[it.stage].next and owed
        assert all(task.due_at and task.unit for task in owed)


def _said(at: datetime) -> Said:
    return Said("甲", UNIT, at, at)
