"""Many open boards hear of every report, from bytes that were made once: the short form of `make bench`."""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from itertools import count

import pytest
from dispatch.board import hub
from dispatch.board.fragments import Fragments
from dispatch.board.hub import Hub
from dispatch.board.listening import Message
from dispatch.domain.report.report import Report
from dispatch.site.officers import Officer
from dispatch.site.pages import Pages

from tests.integration.dispatch_reports import COUNTY, instant
from tests.integration.dispatch_stage import Served
from tests.load.boards import at_rate, opened, sign_in
from tests.passwords import PASSWORD
from tests.unit.dispatch_report import report

pytestmark = pytest.mark.real
BOARDS = 20
OFFICER = Officer("wang", "王", "officer", (COUNTY,))


async def test_every_open_board_hears_of_every_report(served: Served) -> None:
    numbers = count(1)

    async def post() -> str:
        [id] = await served.window.decided(next(numbers))
        return id

    cookie = await sign_in(served.url, "supervisor", PASSWORD)
    async with opened(served.url, cookie, BOARDS) as boards:
        posted = await at_rate(post, seconds=1)
        async with asyncio.timeout(30):
            while any(posted.keys() - board.heard.keys() for board in boards):
                await asyncio.sleep(0.05)
    orders = {tuple(id for id in board.heard if id in posted) for board in boards}
    assert len(posted) == 20
    assert len(orders) == 1, "all boards hear in one order"


def test_a_message_is_encoded_once_for_all_boards_of_a_language() -> None:
    message = Message("rows", {"zh": "<li>通報</li>", "en": "<li>report</li>"}, "chiayi-county", "81")
    first = message.frame("zh")
    assert first.decode() == "id: 81\r\nevent: rows\r\ndata: <li>通報</li>\r\n\r\n"
    assert message.frame("zh") is first
    assert b"report" in message.frame("en")


class SlowToCount:
    """Tells one change and never comes to an end of counting."""

    async def changes(self, after: str | None = None) -> AsyncIterator[tuple[str, list[Report]]]:
        yield "01", []
        await asyncio.sleep(0.3)
        yield "02", [report(id="r1", county=COUNTY)]
        await asyncio.Event().wait()

    async def open_stages(self, *_: object) -> list[dict[str, str]]:
        await asyncio.Event().wait()
        return []


class Plain(Fragments):
    def rows(self, reports: Sequence[Report], lang: str) -> str:
        return "".join(report.id for report in reports)


async def test_rows_do_not_wait_until_all_is_counted() -> None:
    async def there(sessions: Collection[str]) -> dict[str, Officer]:
        return dict.fromkeys(sessions, OFFICER)

    slow = SlowToCount()
    hub = Hub(slow, slow, Plain(Pages(), instant), instant, there)  # type: ignore[arg-type]
    async with hub.running(), asyncio.timeout(10):
        told = hub.listen(COUNTY, "01", "s1", OFFICER)
        while (message := (await anext(told))[-1]).event != "rows":
            pass
        assert (message.texts["zh"], message.mark) == ("r1", "02")
        await told.aclose()  # type: ignore[attr-defined]


async def test_where_a_process_is_full_who_has_most_boards_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    async def there(sessions: Collection[str]) -> dict[str, Officer]:
        return dict.fromkeys(sessions, OFFICER)

    monkeypatch.setattr(hub, "MOST_BOARDS", 4)
    slow = SlowToCount()
    made = Hub(slow, slow, Plain(Pages(), instant), instant, there)  # type: ignore[arg-type]
    async with made.running(), asyncio.timeout(10):
        greedy = [made.listen(COUNTY, "", "greedy", OFFICER) for _ in range(4)]
        for each in greedy:
            await anext(each)
        honest = made.listen(COUNTY, "", "honest", OFFICER)
        assert [message.event for message in await anext(honest)] == ["reset"]
        async for _ in greedy[0]:
            pass  # until it is let go
        for each in greedy[1:]:
            await each.aclose()  # type: ignore[attr-defined]
        await honest.aclose()  # type: ignore[attr-defined]
