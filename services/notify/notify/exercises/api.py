"""A communication test is begun by a supervisor; its report says who answered how fast, and who never did."""

from datetime import UTC, datetime
from typing import Annotated

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Request
from kit.problems import Conflict, NotFound
from pydantic import BaseModel, Field
from web.callers import allowed, must_cover

from notify.api import percentile
from notify.domain.exercise import Exercise, Result, by_channel
from notify.exercises.running import Rehearsal, TooSoon

Reader = Annotated[Caller, allowed(May.READ)]
Worker = Annotated[Caller, allowed(May.WORK)]
Governor = Annotated[Caller, allowed(May.GOVERN)]
MOST = 100

router = APIRouter(prefix="/v1", tags=["tests"])


class TestOrder(BaseModel):
    county: Annotated[str, Field(min_length=1, max_length=100)]


class CallView(BaseModel):
    """One call. `channel`: group, line (one-to-one), mail, or none: nothing leads to this person."""

    channel: str
    unit: str
    person: str | None = None
    state: str
    reason: str | None = None
    sent_at: datetime | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None

    @property
    def seconds(self) -> float | None:
        """From sending to the answer."""
        return (self.answered_at - self.sent_at).total_seconds() if self.answered_at and self.sent_at else None


class ChannelView(BaseModel):
    """A channel's part: percentiles are of the seconds from sending to an answer, absent without any."""

    channel: str
    called: int
    sent: int
    answered: int
    p50: float | None
    p95: float | None


class TestView(BaseModel):
    """A test. `exercise` marks it in the data; `unanswered` counts the calls that nobody has answered."""

    test_id: str
    code: str
    exercise: bool = True
    county: str
    by: str
    at: datetime
    unanswered: int
    channels: list[ChannelView]
    calls: list[CallView]


class TestList(BaseModel):
    tests: list[TestView]


async def rehearsal_of(request: Request) -> Rehearsal:
    rehearsal: Rehearsal = request.app.state.rehearsal
    return rehearsal


Given = Annotated[Rehearsal, Depends(rehearsal_of)]


@router.post("/tests", status_code=201, summary="Test every channel of a county, marked as an exercise")
async def post_test(order: TestOrder, rehearsal: Given, caller: Governor) -> TestView:
    """Calls each group, and everybody on a rota of 14 days by every channel. 409 within 48 hours of the last test."""
    must_cover(caller, order.county)
    try:
        test = await rehearsal.begin(order.county, caller.name)
    except TooSoon:
        en, zh = "The last test was less than 48 hours ago.", "距上次通訊測試未滿 48 小時。"
        raise Conflict(en, zh) from None
    return await _view(rehearsal, test)


@router.get("/tests", summary="Communication tests, the latest first")
async def list_tests(rehearsal: Given, caller: Reader) -> TestList:
    found = await rehearsal.exercises.listed(caller.counties, MOST)
    return TestList(tests=[await _view(rehearsal, each) for each in found])


@router.get("/tests/{test_id}", summary="Who answered how fast, and who never did")
async def get_test(test_id: str, rehearsal: Given, caller: Reader) -> TestView:
    return await _view(rehearsal, await _seen(test_id, rehearsal, caller))


@router.post("/tests/{test_id}/answers", status_code=201, summary="It reached me")
async def post_answer(test_id: str, rehearsal: Given, caller: Worker) -> TestView:
    """Answers what was sent to the caller alone; a group answers by its button."""
    test = await _seen(test_id, rehearsal, caller)
    if not await rehearsal.exercises.answer(test, caller.name, datetime.now(UTC)):
        raise NotFound("Nothing of this test waits for your answer.", "此次測試沒有待您回覆的訊息。")
    return await _view(rehearsal, test)


async def _seen(test_id: str, rehearsal: Rehearsal, caller: Caller) -> Exercise:
    test = await rehearsal.exercises.of(test_id)
    if test is None or not caller.sees(test.county):
        raise NotFound("There is no such test.", "查無此通訊測試。")
    return test


async def _view(rehearsal: Rehearsal, test: Exercise) -> TestView:
    results = await rehearsal.exercises.results(test)
    channels = [
        ChannelView(
            channel=each.channel, called=each.called, sent=each.sent, answered=each.answered,
            p50=percentile(each.seconds, 50), p95=percentile(each.seconds, 95),
        )
        for each in by_channel(results)
    ]  # fmt: skip
    unanswered = sum(each.answered_at is None for each in results)
    return TestView(
        test_id=test.id, code=test.id.replace("-", "")[:8].upper(), county=test.county, by=test.by, at=test.at,
        unanswered=unanswered, channels=channels, calls=[_call(each) for each in results],
    )  # fmt: skip


def _call(result: Result) -> CallView:
    call = result.call
    return CallView(
        channel=call.channel, unit=call.unit, person=call.person, state=result.state, reason=result.reason,
        sent_at=result.sent_at, answered_at=result.answered_at, answered_by=result.answered_by,
    )  # fmt: skip
