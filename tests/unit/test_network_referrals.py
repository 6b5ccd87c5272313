"""Random lives of referrals: from no state into a wrong one, and one that is not over is always somebody's."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from network import words
from network.figures.referrals import Cell, Count, counted, equation
from network.referrals.acts import terms
from network.referrals.domain import notes
from network.referrals.domain import referral as steps
from network.referrals.domain.events import event
from network.referrals.domain.owing import AGAIN, NOT_HELPED, hands, owed, settled
from network.referrals.domain.referral import NEXT, Part, Referral, Refused, Said
from network.services import catalogue
from network.tasks.domain.task import ASK_KEPT, BY_REFERRAL, Task, given
from rules.calendars import NATIONAL

COUNTY = "chiayi-county"
SENDER = f"{COUNTY}/protection"
NOW = datetime(2026, 11, 23, 4, tzinfo=UTC)
OVER = {"refused", "done", "withdrawn"}


def fresh(to: str, service: str = "counselling") -> Referral:
    parts = tuple(map(Part, catalogue().services[service].kinds[:2]))
    made = Referral("r", COUNTY, service, to, SENDER, "甲", NOW, NOW + timedelta(days=2), case_id="c", parts=parts)
    return steps.sent(made, Said("甲", NOW))


class Life(RuleBasedStateMachine):
    """Both sides do whatever comes to them, and the sender's part changes hands."""

    @initialize(
        to=st.sampled_from([f"{COUNTY}/provider.hope", f"{COUNTY}/labour"]),
        service=st.sampled_from(["counselling", "employment_service", "medical_evaluation", "food_bank"]),
    )
    def begins(self, to: str, service: str) -> None:
        self.at, self.unit, self.tasks = NOW, SENDER, list[Task]()
        self.referral = fresh(to, service)
        self._owe()

    @rule(
        act=st.sampled_from(["waiting", "accepted", "refused", "started", "done", "withdrawn", "confirmed"]),
        outcome=st.sampled_from([*catalogue().outcomes_of("employment_service"), "collected", "not_collected"]),
        got_it=st.none() | st.booleans(),
    )
    def acts(self, act: str, outcome: str, got_it: bool | None) -> None:
        self.at += timedelta(hours=1)
        said, before = Said("乙", self.at), self.referral
        moves: dict[str, Callable[[], Referral]] = {
            "waiting": lambda: steps.waiting(before, self.at + timedelta(days=9), said),
            "accepted": lambda: steps.accepted(before, "accepted", said),
            "refused": lambda: steps.refused(before, "refused", "no_capacity", said),
            "started": lambda: steps.started(before, said), "done": lambda: steps.done(before, outcome, said, got_it),
            "withdrawn": lambda: steps.withdrawn(before, "mistake", said),
            "confirmed": lambda: steps.confirmed(before, said, got_it=bool(got_it)),
        }  # fmt: skip
        may = before.state == "done" if act == "confirmed" else act in NEXT[before.state]
        may = may and (act != "done" or not any(part.is_open for part in before.parts))
        self._moves(moves[act], may=may)

    @rule(kind=st.sampled_from(["injury", "toxicology", "parent_education"]), is_done=st.booleans())
    def a_kind_is_answered(self, kind: str, is_done: bool) -> None:
        said, before = Said("乙", self.at), self.referral
        is_open = any(part.kind == kind and part.is_open for part in before.parts)
        answer = notes.part_done if is_done else notes.part_refused
        self._moves(lambda: answer(before, kind, "no_need", said), may=is_open and before.state in notes.GOES_ON)

    @rule()
    def a_session_is_held(self) -> None:
        said, before = Said("乙", self.at), self.referral
        self._moves(lambda: notes.session(before, said), may=before.state in notes.GOES_ON)

    @rule(after=st.sampled_from(["3mo", "6mo"]), holds=st.booleans())
    def somebody_asks_whether_it_holds(self, after: str, holds: bool) -> None:
        said, before = Said("乙", self.at), self.referral
        self._moves(lambda: notes.kept(before, after, said, holds=holds), may=before.was_served)

    def _moves(self, move: Callable[[], Referral], *, may: bool) -> None:
        try:
            self.referral = move()
        except Refused:
            assert not may
            return
        assert may
        assert event(self.referral).subject == "r"
        self._owe()

    @rule(unit=st.sampled_from([SENDER, f"{COUNTY}/welfare_centre.minxiong"]))
    def is_handed_over(self, unit: str) -> None:
        self.unit = unit if self._senders() else self.unit
        self.tasks = [given(each, unit, None) if each in self._senders() else each for each in self.tasks]

    def _owe(self) -> None:
        whose = hands(self.referral, self.tasks)
        ended = settled(self.referral, self.tasks, by="乙", at=self.at)
        kept = {each.id: each for each in (*self.tasks, *ended)}
        made = owed(self.referral, whose, terms(self.referral.service), NATIONAL, at=self.at)
        assert not {each.id for each in made} & kept.keys(), "no step writes over what was owed before"
        self.tasks = [*kept.values(), *made]

    def _senders(self) -> list[Task]:
        return [each for each in self.tasks if each.is_open and each.what in BY_REFERRAL | {AGAIN, NOT_HELPED}]

    @invariant()
    def what_is_not_over_is_owed_once_by_who_sent_it(self) -> None:
        mine, it = [each for each in self._senders() if each.what != ASK_KEPT], self.referral
        assert len(mine) <= 1
        asks = it.outcome == "at_work" and it.service == "employment_service" and {each.after for each in it.kept}
        if asks is not False and asks != {"3mo", "6mo"} and all(each.kept for each in it.kept):
            assert [each for each in self._senders() if each.what == ASK_KEPT], "whether it holds is asked in time"
        if it.state not in OVER or (it.was_served and not it.confirmed) or it.state == "refused":
            assert [each.unit for each in mine] == [self.unit]
            assert mine[0].due_at is not None and mine[0].case_id == "c"
        assert it.state != "withdrawn" or not [each for each in self.tasks if each.is_open]

    @invariant()
    def who_is_asked_owes_its_step_where_it_can_sign_in(self) -> None:
        asked = [each for each in self.tasks if each.is_open and each.unit == self.referral.to]
        owes = "provider" not in self.referral.to and self.referral.state not in OVER
        assert len(asked) == owes
        assert all(each.case_id is None for each in asked), "who is asked sees nothing of the case"

    @invariant()
    def every_step_is_one_version_and_one_line(self) -> None:
        assert self.referral.version == len(self.referral.history)
        assert (self.referral.answered_at is None) == (self.referral.answer is None)


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_every_answer_outcome_and_reason_has_its_words() -> None:
    known = catalogue()
    codes = {*known.refusals, *(f"referral_state.{state}" for state in NEXT)}
    codes |= {f"outcome.{each}" for service in known.services for each in known.outcomes_of(service)}
    codes |= {f"answer.{each.code}" for service in known.services.values() for each in service.answers}
    codes |= {f"missing.referral_is_{state}" for state in NEXT}
    for each in known.services.values():
        spans = map(str, each.kept_after)
        codes |= {f"kind.{kind}" for kind in each.kinds} | {f"result.{result}" for result in each.results}
        codes |= {f"group.{group}" for group in each.groups} | {f"after.{span}" for span in spans}
    codes |= {f"missing.part_{why}" for why in ("open", "not_asked", "answered")}
    assert [code for code in sorted(codes) if words.of(code).en == code] == []


def test_an_answer_is_counted_as_its_service_says() -> None:
    mediation, usual = catalogue().services["family_mediation"], catalogue().services["counselling"]
    assert mediation.answer("refusal", "no_need") == "no_need"
    assert mediation.answer("refusal", "person_declined") == "person_refused"
    assert mediation.answer("acceptance") == "has_need"
    assert (usual.answer("refusal", "no_need"), usual.answer("acceptance")) == ("refused", "accepted")


def cell(state: str, count: int, answer: str | None = None, service: str = "counselling") -> Cell:
    return Cell(service, "u", "", "", "2026", state, answer, count)


def test_what_was_answered_and_withdrawn_later_is_answered() -> None:
    count = counted([cell("withdrawn", 2), cell("withdrawn", 1, "accepted"), cell("waiting", 3), cell("sent", 4)])[""]
    assert (count.sent, count.answered.total(), count.withdrawn, count.open, count.waiting) == (10, 1, 2, 7, 3)
    assert count.is_balanced
    assert equation("counselling", count) == "10 = 1 + 0 + 7 + 2"


def test_a_sum_that_does_not_come_out_says_so() -> None:
    lost = Count(sent=5)
    assert not lost.is_balanced
    assert "≠" in equation("family_mediation", lost)
    assert not counted([replace(cell("sent", 3), state="lost")])[""].is_balanced
