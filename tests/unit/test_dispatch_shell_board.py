"""The board's words and its hub, without a database."""

import asyncio
import json
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dispatch.board.fragments import Fragments
from dispatch.board.hub import REMEMBERED_BYTES, RESTS_AFTER, Hub
from dispatch.board.listening import MOST_WAITING, Listener, Message
from dispatch.domain.report.book import Book
from dispatch.domain.report.report import Report
from dispatch.site import words
from dispatch.site.officers import Officer
from dispatch.site.pages import Pages
from rules.people import Keys
from web.passwords import PASSWORDS
from web.people import People, Person

from tests.unit.dispatch_report import report

NOW = datetime(2026, 11, 22, 11, 42, tzinfo=UTC)
COUNTY = "chiayi-county"


@pytest.mark.parametrize(
    ("text", "covered"),
    [
        ("林小美", "林○○"),
        ("Sari Ayu", "S○○○ A○○"),
        ("110", "○○○"),
        ("林美", "林○"),
        ("Q222222220", "Q○○○○○○○○○"),
        ("0912345678", "0○○○○○○○○○"),
        (None, "—"),
    ],
)
def test_a_name_or_a_number_keeps_its_first_sign_at_most(text: str | None, covered: str) -> None:
    assert words.covered(text) == covered


@pytest.mark.parametrize(
    ("unit", "zh", "en"),
    [
        ("chiayi-county/welfare_centre.minxiong", "民雄社福中心", "Minxiong welfare centre"),
        ("chiayi-county/protection", "保護科", "Protection team"),
        ("other-counties/tainan-city", "臺南市", "Tainan City"),
        (None, "", ""),
    ],
)
def test_a_unit_is_called_as_people_call_it(unit: str | None, zh: str, en: str) -> None:
    assert (words.unit(unit, "zh"), words.unit(unit, "en")) == (zh, en)


def test_a_time_is_the_hour_of_taipei_today_and_has_its_day_otherwise() -> None:
    assert words.time(NOW, NOW) == "19:42"
    assert words.time(NOW + timedelta(hours=5), NOW) == "11-23 00:42"


@pytest.mark.parametrize(
    ("role", "decides", "reads"), [("officer", True, True), ("caseworker", False, True), ("analyst", False, False)]
)
def test_a_role_reads_or_decides(role: str, decides: bool, reads: bool) -> None:
    officer = Officer("u", "n", role, (COUNTY,))
    assert (officer.decides, officer.reads) == (decides, reads)
    assert not officer.sees("chiayi-city")


async def test_only_the_right_password_lets_someone_in() -> None:
    entry = {
        "username": "wang",
        "name": "王",
        "role": "officer",
        "counties": [COUNTY],
        "password_hash": PASSWORDS.hash("right"),
    }
    officers = People(json.dumps([entry]))
    assert await officers.with_password("wang", "right") == Person("wang", "王", "officer", (COUNTY,))
    assert await officers.with_password("wang", "wrong") is None
    assert await officers.with_password("nobody", "right") is None


# --- the hub -------------------------------------------------------------------------------------------------------


class NoReports:
    """Stands in for the store where nothing is read."""

    async def changes(self, after: str | None = None) -> AsyncIterator[tuple[str, list[Any]]]:
        yield "", []


OFFICER = Officer("wang", "王", "officer", (COUNTY,))


class StillIn(dict[str, Officer]):
    """Who is in, by session, until a test says otherwise."""

    async def __call__(self, sessions: Collection[str]) -> dict[str, Officer]:
        return {id: officer for id, officer in self.items() if id in sessions}


def hub(**still: Officer) -> Hub:
    nothing, fragments = NoReports(), Fragments(Pages(), lambda: NOW)
    return Hub(nothing, nothing, fragments, lambda: NOW, StillIn(still))  # type: ignore[arg-type]


def listener(officer: Officer = OFFICER) -> Listener:
    return Listener(COUNTY, "s1", officer)


def row(mark: str, county: str = COUNTY) -> Message:
    return Message("rows", {"zh": mark, "en": mark}, county, mark)


def test_a_board_that_comes_back_before_anything_was_read_is_told_to_look_anew() -> None:
    assert [message.event for message in hub()._missed("01", COUNTY)] == ["reset"]


def test_a_board_that_comes_back_gets_what_came_after_its_mark() -> None:
    told = hub()
    told._since = "01"
    for mark in ("01", "02", "03"):
        told._remember(row(mark))
    assert [message.mark for message in told._missed("01", COUNTY)] == ["02", "03"]


def test_a_board_whose_mark_is_forgotten_is_told_to_look_anew() -> None:
    told = hub()
    fit = REMEMBERED_BYTES // row("000000").size
    for number in range(fit + 2):
        told._remember(row(f"{number:06}"))
    assert [message.event for message in told._missed("000000", COUNTY)] == ["reset"]
    assert len(told._missed("000001", COUNTY)) == fit


def test_a_board_hears_its_county_alone() -> None:
    assert listener().wants(row("01"))
    assert not listener().wants(row("01", "chiayi-city"))
    assert listener().wants(Message("beat", {}))


def test_an_analysts_board_hears_no_rows() -> None:
    assert not listener(replace(OFFICER, role="analyst")).wants(row("01"))


async def test_a_board_too_slow_to_listen_is_cut_off_and_not_kept_in_memory() -> None:
    slow = listener()
    for number in range(MOST_WAITING + 1):
        slow.tell(row(f"{number:06}"))
    assert slow.queue.qsize() == 1
    assert await slow.heard() == []
    assert slow.ended


async def test_a_board_hears_at_once_all_that_was_told_since() -> None:
    board = listener()
    for mark in ("01", "02", "03"):
        board.tell(row(mark))
    assert [message.mark for message in await board.heard()] == ["01", "02", "03"]
    assert not board.ended


async def test_many_boards_are_written_to_less_often_and_miss_nothing() -> None:
    told, boards, marks = hub(), 100, [f"{number:02}" for number in range(1, 41)]
    told._since = "00"
    told._follows.set()
    heard: list[list[list[Message]]] = [[] for _ in range(boards)]

    async def follow(board: list[list[Message]]) -> None:
        async for messages in told.listen(COUNTY, "00", "s1", OFFICER):
            board.append(messages)
            if messages[-1].mark == marks[-1]:
                return

    async with asyncio.timeout(30), asyncio.TaskGroup() as following:
        for board in heard:
            following.create_task(follow(board))
        while len(told._listeners) < boards:
            await asyncio.sleep(0)
        for mark in marks:
            told._tell(row(mark))
            await asyncio.sleep(0.001)
    for board in heard:
        assert [message.mark for messages in board for message in messages] == marks
        assert len(board) < len(marks)


@pytest.mark.parametrize("now", [None, replace(OFFICER, role="analyst"), replace(OFFICER, counties=("chiayi-city",))])
async def test_a_board_ends_when_its_session_does_or_its_officer_may_see_something_else(
    now: Officer | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dispatch.board.hub.BEAT", timedelta(milliseconds=10))
    told = hub(**{"s2": OFFICER} | ({"s1": now} if now else {}))
    async with told.running(), asyncio.timeout(30):
        stays = told.listen(COUNTY, "", "s2", OFFICER)
        assert [message.event for message in await anext(stays)] == ["reset"]
        heard = [message.event async for messages in told.listen(COUNTY, "", "s1", OFFICER) for message in messages]
        assert "rows" not in heard
        assert [listener.session for listener in told._listeners] == ["s2"]


class Counting(Hub):
    """Counts in so many milliseconds of a clock of its own, and notes how often."""

    def __init__(self, takes: int) -> None:
        self.at, self.takes, self.times = NOW, timedelta(milliseconds=takes), 0
        plain = Plain(Pages(), lambda: NOW)
        super().__init__(NoReports(), NoReports(), plain, lambda: self.at, StillIn())  # type: ignore[arg-type]

    async def counters(self, county: str) -> Any:
        self.at, self.times = self.at + self.takes, self.times + 1

    async def edge(self, county: str) -> Any: ...


class Plain(Fragments):
    def counters(self, *_: object) -> str:
        return ""


class Changing:
    """Stands in for the store: yields what a test puts, and notes how often its changes were opened and closed."""

    def __init__(self) -> None:
        self.opened = self.closed = 0
        self.put: asyncio.Queue[tuple[str, list[Report]]] = asyncio.Queue()

    async def changes(self, after: str | None = None) -> AsyncIterator[tuple[str, list[Report]]]:
        self.opened += 1
        try:
            yield f"{self.opened}1", []
            while True:
                yield await self.put.get()
        finally:
            self.closed += 1

    async def open_stages(self, *_: object) -> list[dict[str, str]]:
        await asyncio.Event().wait()
        return []


class Drawing(Plain):
    """Notes for which counties it drew rows."""

    drawn: list[str]

    def rows(self, reports: Sequence[Report], lang: str) -> str:
        self.drawn += [report.county for report in reports]
        return "".join(report.id for report in reports)


async def test_changes_are_followed_and_drawn_for_counties_with_a_board_alone_and_a_while_longer() -> None:
    changing, at, drawing = Changing(), [NOW], Drawing(Pages(), lambda: NOW)
    drawing.drawn = []
    hub = Hub(changing, changing, drawing, lambda: at[0], StillIn(s1=OFFICER))  # type: ignore[arg-type]
    async with hub.running(), asyncio.timeout(30):
        await asyncio.sleep(0)
        assert not changing.opened, "nobody listens"
        board = hub.listen(COUNTY, "", "s1", OFFICER)
        assert [message.event for message in await anext(board)] == ["reset"]
        changing.put.put_nowait(("12", [report(id="r1", county="chiayi-city"), report(id="r2", county=COUNTY)]))
        while "rows" not in {message.event for message in await anext(board)}:
            pass
        assert set(drawing.drawn) == {COUNTY}
        assert [message.event for message in hub._missed("11", "chiayi-city")] == ["reset"], "it was not drawn"
        assert [message.event for message in hub._missed("11", COUNTY)] == ["rows"]
        assert hub._missed("12", "chiayi-city") == []
        await board.aclose()  # type: ignore[attr-defined]
        changing.put.put_nowait(("13", [report(id="r3", county=COUNTY)]))
        while hub.mark != "13":
            await asyncio.sleep(0)
        assert [message.event for message in hub._missed("12", COUNTY)] == ["rows"], "it has only just left"
        at[0] += RESTS_AFTER
        changing.put.put_nowait(("14", [report(id="r4", county=COUNTY)]))
        while not changing.closed:
            await asyncio.sleep(0)
        assert (hub._told_bytes, len(hub._told), hub.mark) == (0, 0, "")
        again = hub.listen(COUNTY, "14", "s1", OFFICER)
        assert [message.event for message in await anext(again)] == ["reset"]
        await again.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(("takes", "again_after"), [(0, 400), (20, 400), (200, 1_000), (3_000, 5_000)])
async def test_what_takes_long_to_count_is_counted_less_often_yet_again(takes: int, again_after: int) -> None:
    hub = Counting(takes)
    await hub._count(COUNTY, NOW)
    for wait, times in ((again_after - 1, 1), (again_after, 2)):
        hub._changed.add(COUNTY)
        await hub._count(COUNTY, NOW + timedelta(milliseconds=wait))
        assert hub.times == times


# --- the book of a transaction -------------------------------------------------------------------------------------


def booked(id: str, *keys: str, hour: int = 0) -> Report:
    return report(id=id, keys=Keys(blocking=frozenset(keys)), received_at=NOW + timedelta(hours=hour))


def test_a_report_sees_those_put_before_it_in_the_same_batch_in_their_order() -> None:
    book = Book({"old": booked("old", "id:a", hour=-1)}, {"id:a": ["old"]})
    book.put(booked("new", "id:a", "ph:b"))
    assert [each.report_id for each in book.known_by(["id:a", "ph:b"], but="later")] == ["old", "new"]
    assert book.registered == {"id:a": ["new"], "ph:b": ["new"]}


def test_a_report_is_not_compared_with_itself() -> None:
    book = Book({"old": booked("old", "id:a")}, {"id:a": ["old"]})
    assert book.known_by(["id:a"], but="old") == []


def test_a_new_version_is_not_registered_twice_under_a_key() -> None:
    book = Book({"old": booked("old", "id:a")}, {"id:a": ["old"]})
    book.put(booked("old", "id:a", "ph:b"))
    assert book.registered == {"ph:b": ["old"]}
