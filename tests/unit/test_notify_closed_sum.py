"""Whatever asked for somebody is answered by name, open in somebody's hand, or needless; anything else is loud."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notify.closing.store import Asks, Some
from notify.closing.watch import SumWatch
from notify.domain.closed_sum import HANDS, Ask, Hand, Sum, Why, by_day, hand_of, sum_of
from notify.domain.escalation import Run, begin, is_forgotten
from notify.escalation.documents import document_of, run_of
from notify.policies import load_policies
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

NOW = datetime(2026, 11, 28, 18, 0, tzinfo=UTC)
SOON, PAST = NOW + timedelta(minutes=9), NOW - timedelta(minutes=9)
SOMEONE = "群組成員"


@pytest.mark.parametrize(
    ("ask", "hand", "why"),
    [
        (Ask("a", NOW, state="answered", answered_by="陳社工"), "answered", None),
        (Ask("a", NOW, state="answered", answered_by=SOMEONE), "lost", "no_name"),
        (Ask("a", NOW, state="answered"), "lost", "no_name"),
        (Ask("a", NOW, state="ended"), "needless", None),
        (Ask("a", NOW, state="open", next_at=SOON), "open", None),
        (Ask("a", NOW, state="open", next_at=NOW - timedelta(minutes=4)), "open", None),
        (Ask("a", NOW, state="open", next_at=PAST), "lost", "late_step"),
        (Ask("a", NOW, state="open"), "lost", "no_clock"),
        (Ask("a", NOW, state="standing", due_at=SOON), "open", None),
        (Ask("a", NOW, state="standing", due_at=PAST), "lost", "stands_overdue"),
        (Ask("a", NOW, state="standing"), "lost", "no_clock"),
        (Ask("a", NOW), "lost", "no_message"),
    ],
)
def test_each_ask_is_in_one_hand_or_in_nobodys(ask: Ask, hand: Hand, why: Why | None) -> None:
    assert hand_of(ask, NOW, {SOMEONE}) == (hand, why)


STATES = st.sampled_from([None, "open", "standing", "answered", "ended"])
TIMES = st.none() | st.sampled_from([PAST, SOON])
ASKS = st.builds(
    Ask, st.text("ab", min_size=1, max_size=3), st.datetimes(datetime(2026, 1, 1), timezones=st.just(UTC)),
    state=STATES, next_at=TIMES, due_at=TIMES, answered_by=st.sampled_from([None, "陳社工", SOMEONE]),
)  # fmt: skip


@settings(max_examples=40)
@given(st.lists(ASKS, max_size=20))
def test_the_sum_adds_up_whole_and_by_day_and_closes_only_without_loss(asks: list[Ask]) -> None:
    found, days = sum_of(asks, NOW, {SOMEONE}), by_day(asks, NOW, {SOMEONE})
    assert found.asked == len(asks) == sum(found.hands[hand] for hand in HANDS)
    assert found.closes == (found.hands["lost"] == 0 == len(found.lost))
    assert found.asked == sum(each.asked for _, each in days)
    parts = [sum_of(asks[first : first + 3], NOW, {SOMEONE}) for first in range(0, len(asks), 3)]
    assert reduce(Sum.plus, parts, Sum()) == found, "the sum of parts is the sum of all"
    some = reduce(lambda one, other: one.plus(other, 2), parts, Sum())
    assert (some.hands, some.closes, some.lost) == (found.hands, found.closes, found.lost[:2])


def answered(after: timedelta, **more: object) -> Run:
    run = begin(load_policies().of("unit_work", 1), NOW, 1, NOW)
    return Run(**vars(run) | {"state": "answered", "ended_at": NOW - after, "answered_by": "陳社工", **more})


@pytest.mark.parametrize(
    ("run", "forgotten"),
    [
        (answered(timedelta(hours=4)), True),
        (answered(timedelta(hours=3)), False),
        (answered(timedelta(hours=9), follow="done"), False),
        (answered(timedelta(hours=9), follow="again"), False),
        (answered(timedelta(hours=9), state="ended"), False),
    ],
)
def test_what_was_taken_on_without_any_work_is_asked_again_by_its_policy(run: Run, forgotten: bool) -> None:
    assert is_forgotten(run, NOW) is forgotten
    assert run_of(document_of(run)) == run


class Noted(Asks):
    """Stands in for the store: what is open and what is not, and how often all of it was read."""

    def __init__(self, *asks: Ask) -> None:
        self.asks, self.read, self.silent = list(asks), 0, list[Ask]()

    async def of(self, since: datetime, until: datetime, counties: frozenset[str]) -> Some:
        self.read += 1
        yield self.asks
        yield self.silent

    async def open(self, since: datetime, until: datetime) -> Some:
        yield [ask for ask in self.asks if ask.state in {"open", "standing"}]

    async def without_message(
        self, since: datetime, until: datetime, counties: frozenset[str], moment: object = None
    ) -> Some:
        yield [ask for ask in self.silent if ask.asked_at >= since]


async def test_what_is_open_is_looked_at_each_time_and_all_of_it_as_often_as_that_takes_little(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = datetime.now(UTC)
    answered = Ask("a", now, state="answered", answered_by="陳")
    nameless = Ask("n", now, state="answered")
    asked = Ask("o", now, state="open", next_at=now + timedelta(hours=1))
    noted = Noted(answered, nameless, asked)
    watch = SumWatch(noted, frozenset())

    async def lost() -> set[str]:
        with capture_logs() as logs:
            await watch.look()
        return {line["delivery_id"] for line in logs}

    monkeypatch.setattr("notify.closing.watch.PAUSE", 0)
    assert await lost() == {"n"}
    assert await lost() == {"n"}
    assert noted.read == 2
    monkeypatch.setattr("notify.closing.watch.PAUSE", 10**9)
    await watch.look()
    noted.asks = [answered, nameless, replace(asked, next_at=now - timedelta(hours=1))]
    noted.silent = [Ask("s", datetime.now(UTC))]
    assert await lost() == {"n", "o", "s"}
    assert noted.read == 3
    assert [REGISTRY.get_sample_value("safetynet_asks", {"hand": hand}) for hand in HANDS] == [1, 0, 0, 3]
    monkeypatch.setattr("notify.closing.watch.PAUSE", 0)
    watch.whole_again = 0
    assert await lost() == await lost() == {"n", "o", "s"}
    monkeypatch.setattr("notify.closing.watch.PAUSE", 10**9)
    await watch.look()
    noted.asks.append(Ask("h", now, state="open", next_at=now - timedelta(hours=1)))
    assert await lost() == {"n", "o", "s", "h"}
    assert [REGISTRY.get_sample_value("safetynet_asks", {"hand": hand}) for hand in HANDS] == [1, 0, 0, 4]
