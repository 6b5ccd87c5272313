"""A unit's part of an item: owed one working day before the meeting, written, late, carried on, and for whom."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from contracts.event import Sealed
from contracts.roles import Caller
from network.meetings.domain import papers
from network.meetings.domain.item import Item, Sitting
from network.meetings.domain.meeting import Line, Meeting
from network.meetings.domain.papers import Draft
from network.meetings.domain.refusals import Refused
from network.meetings.papers import may_read
from network.tasks.domain.task import Task
from rules.calendars import NATIONAL
from rules.spans import TAIPEI

HEALTH, POLICE, LEAD = "chiayi-county/health", "chiayi-county/police", "chiayi-county/protection"
THURSDAY = datetime(2026, 12, 10, 14, tzinfo=TAIPEI)
CALLED = datetime(2026, 12, 1, 9, tzinfo=TAIPEI)
WORDS = Sealed("v1.words")


def meeting(at: datetime = THURSDAY, id: str = "m1") -> Meeting:
    return Meeting(
        id, "chiayi-county", "bureau", "high_risk_violence", at, LEAD, LEAD, (HEALTH, POLICE), called_at=CALLED
    )


def item(on: str = "m1") -> Item:
    sitting = Sitting(on, "bureau", THURSDAY, "included")
    return Item(
        "i1",
        "chiayi-county",
        "case:c1",
        "bureau",
        "high_risk_violence",
        LEAD,
        CALLED,
        "c1",
        meeting_id=on,
        sittings=(sitting,),
    )


def line(at: datetime = CALLED, by: str = "某人") -> Line:
    return Line(at, "papers_asked", by, about="m1")


def due(of: Meeting, at: datetime = CALLED) -> datetime:
    return papers.due_of(of, NATIONAL.works, at)


def asked() -> Item:
    return papers.asked(item(), meeting(), due(meeting()), line())


def caller(unit: str, role: str = "caseworker") -> Caller:
    return Caller("某人", role, frozenset({"chiayi-county"}), frozenset({unit} if unit else ()))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (THURSDAY, datetime(2026, 12, 9, 14, tzinfo=TAIPEI)),
        (datetime(2026, 12, 7, 9, tzinfo=TAIPEI), datetime(2026, 12, 4, 9, tzinfo=TAIPEI)),
        (datetime(2027, 1, 4, 9, tzinfo=TAIPEI), datetime(2026, 12, 31, 9, tzinfo=TAIPEI)),
    ],
    ids=["the day before", "over a weekend", "over a holiday"],
)
def test_a_part_is_due_one_working_day_before(at: datetime, expected: datetime) -> None:
    assert due(meeting(at)) == expected


def test_what_is_asked_too_late_for_that_is_due_by_the_meeting_itself() -> None:
    assert due(meeting(), THURSDAY - timedelta(hours=3)) == THURSDAY


def test_each_unit_owes_its_part_until_it_is_handed_in() -> None:
    owed = {task.unit: task for task in papers.owed(asked())}
    assert owed.keys() == {HEALTH, POLICE}
    assert {task.due_at for task in owed.values()} == {due(meeting())}
    draft = papers.saved(asked(), meeting(), Draft(HEALTH, WORDS, hands_in=False), line())
    assert {task.unit for task in papers.owed(draft)} == {HEALTH, POLICE}, "a draft is not handed in"
    done = papers.saved(draft, meeting(), Draft(HEALTH, WORDS), line())
    assert [task.unit for task in papers.owed(done)] == [POLICE]
    ended = papers.over(owed[HEALTH], done, by="x", at=CALLED)
    assert (ended.state, ended.closed_by) == ("done", "某人")


def test_what_nobody_asks_for_any_more_is_dropped_by_name() -> None:
    task: Task = next(papers.owed(asked()))
    gone = replace(asked(), meeting_id=None)
    assert list(papers.owed(gone)) == []
    assert papers.over(task, gone, by="x", at=CALLED).reason == "not_asked_any_more"


def test_what_was_handed_in_stays_in_the_history_when_it_is_corrected() -> None:
    first = papers.saved(asked(), meeting(), Draft(HEALTH, WORDS), line(CALLED))
    again = papers.saved(first, meeting(), Draft(HEALTH, Sealed("v1.more")), line(THURSDAY))
    paper = papers.paper_of(again, "m1", HEALTH)
    assert paper is not None
    assert (paper.words, paper.handed_in_at) == ("v1.more", CALLED), "it was in time when it was handed in"
    assert again.history[-1].note == WORDS


def test_what_is_written_after_it_was_handed_in_is_read_by_nobody_else_until_it_is_handed_in_again() -> None:
    first = papers.saved(asked(), meeting(), Draft(HEALTH, WORDS), line(CALLED))
    more = Draft(HEALTH, Sealed("v1.more"), Sealed("v1.ask"), hands_in=False)
    again = papers.saved(first, meeting(), more, line(THURSDAY, "衛生"))
    paper = papers.paper_of(again, "m1", HEALTH)
    assert paper and paper.later
    assert (paper.words, paper.later.words, paper.later.written_by) == (WORDS, "v1.more", "衛生")
    assert list(papers.owed(again)) == list(papers.owed(first)), "it is handed in still"
    changed = papers.saved(again, meeting(), replace(more, words=Sealed("v1.third")), line(THURSDAY, "他人"))
    assert changed.history[-1].note == "v1.more", "what another had written is not lost"
    final = papers.saved(again, meeting(), replace(more, hands_in=True), line(THURSDAY, "衛生"))
    paper = papers.paper_of(final, "m1", HEALTH)
    assert paper is not None
    assert (paper.words, paper.proposal, paper.later, paper.handed_in_at) == ("v1.more", "v1.ask", None, CALLED)
    following = meeting(THURSDAY + timedelta(days=28), "m2")
    fresh = papers.paper_of(papers.asked(again, following, due(following), line()), "m2", HEALTH)
    assert fresh is not None
    assert (fresh.words, fresh.handed_in_at, fresh.later) == ("v1.more", None, None)


def test_what_a_secretary_hands_in_for_a_unit_leaves_the_unit_its_draft() -> None:
    draft = papers.saved(asked(), meeting(), Draft(HEALTH, WORDS, hands_in=False), line(by="衛生"))
    handed = papers.saved(draft, meeting(), Draft(HEALTH, Sealed("v1.by_hand")), line(by="秘書"))
    paper = papers.paper_of(handed, "m1", HEALTH)
    assert paper and paper.later
    assert (paper.words, paper.later.words) == ("v1.by_hand", WORDS)


def test_a_draft_is_read_by_its_own_unit_alone_not_by_who_is_of_the_whole_county() -> None:
    draft = papers.saved(asked(), meeting(), Draft(HEALTH, WORDS, hands_in=False), line())
    paper = papers.paper_of(draft, "m1", HEALTH)
    assert paper is not None
    readers = [
        (HEALTH, "caseworker"),
        ("", "secretary"),
        ("", "supervisor"),
        (POLICE, "caseworker"),
        (LEAD, "secretary"),
    ]
    assert [may_read(paper, LEAD, caller(unit, role)) for unit, role in readers] == [True, False, False, False, False]


def test_a_guests_part_is_owed_on_the_list_of_its_own_county() -> None:
    guest = "tainan-city/health"
    it = papers.asked(replace(item(), guests=(guest,)), meeting(), due(meeting()), line())
    assert {task.unit: task.county for task in papers.owed(it)} == {
        HEALTH: "chiayi-county", POLICE: "chiayi-county", guest: "tainan-city",
    }  # fmt: skip


def test_asked_again_nothing_changes_but_a_date_that_moved() -> None:
    before = asked()
    assert papers.asked(before, meeting(), due(meeting()), line()) is before
    later = meeting(THURSDAY + timedelta(days=7))
    assert {each.due_at for each in papers.asked(before, later, due(later), line()).papers} == {due(later)}


def test_what_a_unit_wrote_for_an_earlier_meeting_is_its_draft_for_the_next() -> None:
    wrote = replace(papers.saved(asked(), meeting(), Draft(HEALTH, WORDS), line()), meeting_id="m2")
    following = meeting(THURSDAY + timedelta(days=28), "m2")
    fresh = papers.paper_of(papers.asked(wrote, following, due(following), line()), "m2", HEALTH)
    assert fresh is not None
    assert (fresh.words, fresh.handed_in_at) == (WORDS, None)


def test_a_part_is_late_after_it_was_due() -> None:
    paper = asked().papers[0]
    assert paper.due_at is not None
    assert not papers.is_late(paper, paper.due_at)
    assert papers.is_late(paper, paper.due_at + timedelta(seconds=1))
    assert not papers.is_late(replace(paper, handed_in_at=paper.due_at), THURSDAY)


def test_nothing_is_handed_in_for_a_meeting_that_is_over_or_by_who_was_not_asked() -> None:
    with pytest.raises(Refused, match="meeting_over"):
        papers.saved(asked(), replace(meeting(), ended_at=THURSDAY), Draft(HEALTH, WORDS), line())
    with pytest.raises(Refused, match="paper_not_asked"):
        papers.saved(asked(), meeting(), Draft(LEAD, WORDS), line())


@pytest.mark.parametrize(
    ("unit", "role", "reads"),
    [
        (POLICE, "caseworker", True), (LEAD, "caseworker", True), (HEALTH, "caseworker", False),
        ("", "supervisor", True), ("", "secretary", False), (LEAD, "secretary", False),
    ],
)  # fmt: skip
def test_what_only_police_and_the_lead_may_read_nobody_else_reads(unit: str, role: str, *, reads: bool) -> None:
    handed = papers.saved(asked(), meeting(), Draft(POLICE, WORDS, only_for=(LEAD,)), line(datetime.now(UTC)))
    paper = papers.paper_of(handed, "m1", POLICE)
    assert paper is not None
    assert may_read(paper, LEAD, caller(unit, role)) is reads
    assert may_read(replace(paper, only_for=()), LEAD, caller(HEALTH))
    assert not may_read(replace(paper, only_for=(), handed_in_at=None), LEAD, caller(HEALTH)), "a draft is its writer's"
