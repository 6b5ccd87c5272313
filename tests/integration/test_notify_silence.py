"""LINE is away: an emergency does not wait for it, and everything else leaves once, in order, when it is back."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.cases import CaseOpened
from contracts.topics import CASES
from notify import holding

from tests.integration.notify_clock import time_passes
from tests.integration.notify_stage import FakeLine, Stage, Wire, opened
from tests.integration.post_office import Post, post_office
from tests.waiting import until

pytestmark = pytest.mark.real
QUICK: dict[str, Any] = {"line_doubt_seconds": 0.3, "line_concurrency": 1}


@pytest.fixture(autouse=True)
def _asks_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(holding, "CHANNEL_PAUSE", timedelta(seconds=0.2))


def case_of(priority: int) -> CaseOpened:
    return opened().model_copy(update={"priority": priority})


def code(case: CaseOpened) -> str:
    return case.case_id.replace("-", "")[:8].upper()


async def count(stage: Stage, number: int, **wanted: Any) -> bool:
    return int(await stage.documents.count_documents(wanted)) == number


@pytest.mark.parametrize("fault", ["500", "lost"])
async def test_line_away_for_six_hours(settings_env: dict[str, str], wire: Wire, fault: str) -> None:
    line, post = FakeLine(lambda _: fault), Post()
    first, *rest = (case_of(priority) for priority in (1, 4, 3, 1, 2, 3))
    async with post_office(settings_env, line, post, **QUICK) as stage:
        await wire.send(CASES, first)
        await until(lambda: len(post.came) == 1, 20)
        await wire.send(CASES, *rest)
        await until(lambda: count(stage, 2, way="mail", state="sent", priority=1), 20)
        assert len(post.came) == 2
        assert not await stage.app.state.pusher.line_takes()
        await until(lambda: count(stage, 6, step_of=None, state="queued"))
        await time_passes(stage.documents, timedelta(hours=6))
        assert line.seen == []
        line.fault = lambda _: None
        await until(lambda: count(stage, 6, step_of=None, state="sent"), 20)
        published = await wire.published(stage)
    cards = [card["altText"].split()[-1] for _, card in line.seen]
    ranks = {code(case): case.priority for case in (first, *rest)}
    order = [ranks[each] for each in cards if each in ranks]
    assert order[:6] == [1, 1, 2, 3, 3, 4] and len(line.seen) == len(set(line.accepted))
    sent = [each for each in published if each["type"] == "delivery.sent" and each["template"] == "new_case"]
    assert len({each["delivery_id"] for each in sent}) == len(sent)
