"""What happens to a message that nobody answers: each step once, none after an answer, none skipped."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from notify.domain.escalation import Facts, Found, Policy, Quiet, Run, Way, Whom, advance, begin, decline
from notify.domain.policies import Policies
from notify.escalation.documents import document_of, run_of
from notify.policies import load_policies
from pydantic import ValidationError

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
"""02:00 in Taipei."""
URGENT = load_policies().of("unit_work", 1)
BY_DAY = load_policies().of("unit_work", 3)
WAYS: frozenset[Way] = frozenset({"mention", "line", "mail"})
NO_WAY: frozenset[Way] = frozenset()


def facts(on_call: str | None = "王值班", ways: frozenset[Way] = WAYS, supervisor: str | None = "李督導") -> Facts:
    return {
        "on_call": Found(on_call, "rota v1: turn", ways if on_call else frozenset()),
        "supervisor": Found(supervisor, "rota v1: turn", ways if supervisor else frozenset()),
        "last_resort": Found(None, "chiayi-county/window", frozenset({"window", "standing"})),
    }


def after(run: Run, minutes: int, found: Facts) -> Run:
    advanced = advance(run, NOW + timedelta(minutes=minutes), found)
    assert advanced, f"nothing was due after {minutes} minutes"
    return advanced


def begun(policy: Policy = URGENT, at: datetime = NOW, **more: Any) -> Run:
    return begin(policy, at, 1, at, **more)


def told(run: Run) -> list[tuple[Whom, tuple[Way, ...]]]:
    return [(each.whom, each.by) for each in run.taken]


def test_an_unanswered_emergency_goes_from_the_person_on_call_to_the_last_resort() -> None:
    run = begun()
    assert advance(run, NOW + timedelta(minutes=14), facts()) is None
    for minutes in (15, 18, 25, 35):
        run = after(run, minutes, facts())
    assert told(run) == [
        ("on_call", ("mention", "line")),
        ("on_call", ("mail",)),
        ("supervisor", ("line", "mail")),
        ("last_resort", ("window", "standing")),
    ]
    assert (run.state, run.next_at) == ("standing", None)


def test_a_step_that_finds_nobody_is_noted_and_the_next_one_follows_at_once() -> None:
    run = after(begun(), 15, facts(on_call=None))
    assert told(run) == [("on_call", ()), ("on_call", ()), ("supervisor", ("line", "mail"))]


def test_a_person_whom_no_way_leads_to_is_never_chosen_silently() -> None:
    run = after(begun(), 15, facts(ways=frozenset({"mail"})))
    assert told(run) == [("on_call", ()), ("on_call", ("mail",))]
    assert run.taken[0].person == "王值班"


def test_the_last_step_is_never_empty() -> None:
    nobody = facts(on_call=None, supervisor=None) | {"last_resort": Found(None, "", frozenset({"standing"}))}
    assert told(after(begun(), 15, nobody))[-1] == ("last_resort", ("standing",))


def test_a_message_that_cannot_arrive_is_taken_on_at_once() -> None:
    assert advance(begun(is_lost=True), NOW, facts())


def test_who_cannot_calls_the_next_one_at_once_and_is_asked_no_more() -> None:
    run = after(begun(), 15, facts())
    at = NOW + timedelta(minutes=16)
    run = decline(run, "王值班", at) or run
    assert decline(run, "王值班", at) is None, "twice is once"
    assert decline(run, "李督導", at) is None, "nobody speaks for whoever was asked"
    run = after(run, 16, facts())
    assert told(run)[1:] == [("on_call", ()), ("supervisor", ("line", "mail"))]


@pytest.mark.parametrize(("hour", "until"), [(20, None), (21, 8), (23, 8), (0, 8), (7, 8), (8, None)])
def test_quiet_hours_go_over_midnight(hour: int, until: int | None) -> None:
    moment = datetime(2026, 11, 28, (hour - 8) % 24, 30 if hour != 8 else 0, tzinfo=UTC)
    end = Quiet(time(21), time(8)).until(moment)
    assert (end.astimezone(UTC).hour + 8) % 24 == until if end and until is not None else end is None and until is None


def test_what_falls_due_in_quiet_hours_is_told_at_their_end_even_if_nobody_looked_meanwhile() -> None:
    run = begun(BY_DAY)
    waiting = advance(run, NOW + timedelta(hours=2), facts())
    assert waiting and not waiting.taken and waiting.next_at == datetime(2026, 11, 29, 0, 0, tzinfo=UTC)
    assert advance(waiting, waiting.next_at - timedelta(seconds=1), facts()) is None
    assert told(after(waiting, 6 * 60, facts())) == [("on_call", ("mention",))]
    assert told(after(run, 10 * 60, facts())), "a restart after the window finds it as well"


def test_a_run_keeps_the_policy_it_began_with_and_reads_back_as_it_was_written() -> None:
    for run in (begun(), begun(BY_DAY), decline(after(begun(), 15, facts()), "王值班", NOW)):
        assert run and run_of(document_of(run)) == run


# -- policies as data


def written(change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    text: dict[str, Any] = yaml.safe_load(POLICY)
    change(text)
    return text


POLICY = """
version: a
verified: false
source: county setting
policies:
  - id: all
    purposes: [unit_work, window]
    priorities: [1, 2, 3, 4]
    steps:
      - {after: 15m, whom: on_call, by: [line]}
      - {after: 15m, whom: last_resort, by: [standing]}
"""


def _change(path: str, value: object) -> Callable[[dict[str, Any]], None]:
    def change(text: dict[str, Any]) -> None:
        text["policies"][0][path] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _change("purposes", []),
        _change("priorities", [1, 2, 3]),
        _change("quiet", {"start": "21:00", "end": "08:00"}),
        _change("steps", [{"after": "15m", "whom": "on_call", "by": ["line"]}]),
        _change("steps", [{"after": "15m", "whom": "last_resort", "by": ["window"]}]),
        _change("steps", [{"after": "soon", "whom": "last_resort", "by": ["standing"]}]),
        lambda text: text["policies"][0].pop("purposes"),
        lambda text: text["policies"].append(text["policies"][0]),
    ],
    ids=[
        "no purpose",
        "one escapes",
        "quiet emergency",
        "ends at nobody",
        "empty",
        "no span",
        "no key",
        "two match",
    ],
)
def test_a_policy_that_a_message_could_escape_is_refused(change: Callable[[dict[str, Any]], None]) -> None:
    assert Policies.model_validate(yaml.safe_load(POLICY))
    with pytest.raises(ValidationError):
        Policies.model_validate(written(change))


def test_a_message_without_a_priority_is_as_urgent_as_the_gravest() -> None:
    assert load_policies().of("window", None) == load_policies().of("window", 1)


# -- any order of acceptances, refusals, steps, restarts, replicas and clocks


@dataclass
class Kept:
    """The document as the database has it; a write counts only where it finds what it was made from."""

    run: Run
    accepted: bool = False
    told: tuple[tuple[int, str | None, Way], ...] = ()

    def save(self, before: Run, change: Run) -> bool:
        is_seen = (self.run.state, self.run.taken, self.run.next_at) == ("open", before.taken, before.next_at)
        if self.accepted or not is_seen:
            return False
        new = [
            (number, taken.person, way)
            for number, taken in enumerate(change.taken[len(before.taken) :], len(before.taken))
            for way in taken.by
        ]
        self.run, self.told = replace(change, unable=self.run.unable), (*self.told, *new)
        return True


class Escalating(RuleBasedStateMachine):
    """Two replicas with clocks of their own read, pause, and write what they made of an old reading."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = Kept(begun())
        self.clocks = [NOW, NOW]
        self.reading: list[Run | None] = [None, None]
        self.at_acceptance: tuple[tuple[int, str | None, Way], ...] | None = None

    @rule(replica=st.integers(0, 1), minutes=st.integers(-60, 600))
    def clock_jumps(self, replica: int, minutes: int) -> None:
        self.clocks[replica] += timedelta(minutes=minutes)

    @rule(replica=st.integers(0, 1))
    def reads(self, replica: int) -> None:
        self.reading[replica] = self.kept.run

    @rule(replica=st.integers(0, 1))
    def restarts(self, replica: int) -> None:
        self.reading[replica] = None

    @rule(
        replica=st.integers(0, 1),
        on_call=st.sampled_from([None, "甲", "乙"]),
        ways=st.sampled_from([WAYS, frozenset()]),
    )
    def takes_a_step(self, replica: int, on_call: str | None, ways: frozenset[Way]) -> None:
        if (before := self.reading[replica]) is None:
            return
        if change := advance(before, self.clocks[replica], facts(on_call, ways)):
            self.kept.save(before, change)

    @rule(person=st.sampled_from(["甲", "乙", "李督導"]), replica=st.integers(0, 1))
    def cannot(self, person: str, replica: int) -> None:
        if not self.kept.accepted and (change := decline(self.kept.run, person, self.clocks[replica])):
            self.kept.run = change

    @precondition(lambda self: not self.kept.accepted)
    @rule()
    def accepts(self) -> None:
        self.kept.accepted, self.at_acceptance = True, self.kept.told
        self.kept.run = replace(self.kept.run, state="answered", next_at=None)

    @invariant()
    def each_step_is_taken_once_in_order_and_none_is_skipped(self) -> None:
        steps = self.kept.run.policy.steps
        assert [each.whom for each in self.kept.run.taken] == [each.whom for each in steps[: len(self.kept.run.taken)]]
        assert len(set(self.kept.told)) == len(self.kept.told)

    @invariant()
    def nothing_is_told_after_an_acceptance(self) -> None:
        assert self.at_acceptance in (None, self.kept.told)

    @invariant()
    def what_is_open_has_a_clock_and_what_stands_has_reached_the_last_resort(self) -> None:
        if self.kept.run.state == "open":
            assert self.kept.run.next_at
        elif self.kept.run.state == "standing":
            assert self.kept.run.taken[-1].by

    @invariant()
    def nobody_who_cannot_is_asked_again(self) -> None:
        asked = [each.person for each in self.kept.run.taken if each.by]
        for person in self.kept.run.unable:
            assert asked.count(person) <= 2


TestEscalating = Escalating.TestCase
TestEscalating.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
