"""Who is told, what they read, and what LINE's answers mean."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from contracts.cases import (
    CaseAccepted,
    CaseClosed,
    CaseId,
    CaseJoined,
    CaseOpened,
    CaseReopened,
    CaseReturned,
    CollaboratorAsked,
    CollaboratorDeclined,
    CollaboratorJoined,
    CollaboratorReleased,
    LeadDeclined,
    LeadOffered,
    LeadTaken,
    VisitDeclined,
    VisitJoined,
    VisitPlanned,
    VisitWithdrawn,
)
from contracts.decisions import Because, Clock, DecisionMade, Outcome, ReviewRequested
from contracts.event import BlindIndex, Event, Sealed
from contracts.reports import CaseType, ReportId, SourceUnit
from contracts.tasks import TaskPressing
from notify.api import percentile
from notify.domain.attempts import Answer, Failed, Held, Later, Sent, Verdict, is_too_late, judge, pause
from notify.domain.message import Wording, compose, roc_time
from notify.domain.notices import GRAVEST, LAST, Notice, notices_of, rank_of
from notify.domain.quota import Shortage
from notify.domain.tokens import VALID, AcceptTokens
from notify.wording import load_wording
from pydantic import ValidationError

from tests.unit.notify_sites import SITES

NOW = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)
CASE = CaseId("1a2b3c4d-0000-4000-8000-000000000000")
REPORT = ReportId("9f8e7d6c-0000-4000-8000-000000000000")
LEAD = "chiayi-county/protection"
WINDOW = "chiayi-county/window"
POLICE = "chiayi-county/police"
HEALTH = "chiayi-county/health"
CANARY = "林小美"


def clock(hours: int) -> Clock:
    return Clock(id=f"in{hours}", started_at=NOW, due_at=NOW + timedelta(hours=hours), source="county setting")


OPENED = CaseOpened(
    case_id=CASE,
    county="chiayi-county",
    report_id=REPORT,
    lead=LEAD,
    collaborators=(POLICE, LEAD, POLICE),
    priority=1,
    clocks=(clock(24), clock(4), clock(72)),
    received_at=NOW,
    opened_at=NOW,
)
JOINED = CaseJoined(
    case_id=CASE,
    version=2,
    county="chiayi-county",
    report_id=REPORT,
    lead=LEAD,
    collaborators=(POLICE, HEALTH),
    added=(HEALTH,),
    priority=2,
    received_at=NOW,
    joined_at=NOW,
)


def decided(outcome: Outcome, transferred_to: str | None = None) -> DecisionMade:
    return DecisionMade(
        report_id=REPORT,
        county="chiayi-county",
        agency_id="police",
        source_unit=SourceUnit.POLICE,
        case_type=CaseType.SEXUAL_ASSAULT_MINOR,
        outcome=outcome,
        priority=1,
        transferred_to=transferred_to,
        because=(Because(row="strangulation", zh="勒頸", en="strangled", facts={"subject": CANARY}),),
        family=(BlindIndex("name:" + "a" * 32),),
        sealed={"report": Sealed("key.token")},
        received_at=NOW,
        decided_at=NOW,
        decided_by="table",
    )


REVIEW = ReviewRequested(
    report_id=REPORT,
    county="chiayi-county",
    agency_id="police",
    case_type=CaseType.ADULT_PROTECTION,
    suggested=Outcome.NO_DISPATCH,
    priority=3,
    clocks=(clock(4),),
    received_at=NOW,
    requested_at=NOW,
)
RETURNED = CaseReturned(
    case_id=CASE,
    version=3,
    county="chiayi-county",
    report_id=REPORT,
    unit=LEAD,
    reason="other_area",
    returned_by="w",
    returned_at=NOW,
)
ACCEPTED = CaseAccepted(
    case_id=CASE, version=2, county="chiayi-county", report_id=REPORT, unit=LEAD, accepted_by="w", accepted_at=NOW
)


OF_CASE: dict[str, Any] = {"case_id": CASE, "version": 4, "county": "chiayi-county"}
OFFERED = LeadOffered(**OF_CASE, handover_id="h", unit=LEAD, to_unit=HEALTH, owed=3, offered_at=NOW)
TAKEN = LeadTaken(**OF_CASE, handover_id="h", unit=HEALTH, from_unit=LEAD, taken_by="w", taken_at=NOW)
ASKED = CollaboratorAsked(**OF_CASE, collaboration_id="c", unit=HEALTH, due_at=NOW + timedelta(days=3), asked_at=NOW)
CLOSED = CaseClosed(
    **OF_CASE, unit=LEAD, reports=(REPORT,), reason="goals_met", approved_by="w", closed_at=NOW, watched_until=NOW
)
LIFE: list[tuple[Event, list[tuple[str, str]]]] = [
    (ASKED, [(HEALTH, "asked_to_join")]),
    (CollaboratorDeclined(**OF_CASE, collaboration_id="c", unit=HEALTH, lead=LEAD, reason="r", declined_by="w",
                          declined_at=NOW), [(LEAD, "collaborator_declined")]),
    (CollaboratorReleased(**OF_CASE, collaboration_id="c", unit=HEALTH, reason="r", released_at=NOW),
     [(HEALTH, "released")]),
    (CollaboratorJoined(**OF_CASE, collaboration_id="c", unit=HEALTH, joined_by="w", joined_at=NOW), []),
    (VisitPlanned(**OF_CASE, visit_id="v", unit=LEAD, invited=(HEALTH, POLICE), at=NOW, planned_at=NOW),
     [(HEALTH, "asked_to_visit"), (POLICE, "asked_to_visit")]),
    (VisitJoined(**OF_CASE, visit_id="v", invitation_id="i", unit=HEALTH, joined_by="w", joined_at=NOW), []),
    (VisitDeclined(**OF_CASE, visit_id="v", invitation_id="i", unit=HEALTH, planner=LEAD, reason="r", declined_by="w",
                   declined_at=NOW), [(LEAD, "visit_declined")]),
    (VisitWithdrawn(**OF_CASE, visit_id="v", unit=LEAD, invited=(HEALTH,), reason="r", withdrawn_at=NOW),
     [(HEALTH, "visit_withdrawn")]),
    (OFFERED, [(HEALTH, "lead_offered")]),
    (OFFERED.model_copy(update={"to_unit": LEAD}), []),
    (TAKEN, [(LEAD, "lead_taken")]),
    (TAKEN.model_copy(update={"from_unit": HEALTH}), []),
    (LeadDeclined(**OF_CASE, handover_id="h", unit=LEAD, to_unit=LEAD, reason="r", declined_by="w", declined_at=NOW),
     [(LEAD, "lead_declined")]),
    (CLOSED, [(LEAD, "closed"), (WINDOW, "closed")]),
    (CLOSED.model_copy(update={"unit": WINDOW}), [(WINDOW, "closed")]),
    (CaseReopened(**OF_CASE, report_id=REPORT, unit=LEAD, reopened_at=NOW), [(LEAD, "reopened"), (WINDOW, "reopened")]),
]  # fmt: skip


def pressing(step: int, case_id: CaseId | None = CASE) -> TaskPressing:
    return TaskPressing(
        task_id="5e6f7a8b-task", county="chiayi-county", case_id=case_id, what="child.grade", unit=POLICE, step=step,
        due_at=NOW + timedelta(hours=1), pressing_at=NOW,
    )  # fmt: skip


@pytest.mark.parametrize(("event", "told"), LIFE)
def test_a_turn_in_a_cases_life_reaches_those_who_must_act_on_it(event: Event, told: list[tuple[str, str]]) -> None:
    notices = notices_of(event)
    assert [(notice.unit, notice.template) for notice in notices] == told
    for notice in notices:
        text = json.dumps(compose(notice, load_wording(), token="t", sites=SITES), ensure_ascii=False)
        assert f"/cases/{CASE}" in text
        assert "postback" not in text, "pressing would accept a report"


@pytest.mark.parametrize(("step", "told"), [(50, []), (80, ["task_pressing"]), (100, ["task_over"])])
def test_a_task_presses_its_unit_when_most_of_its_time_is_over_and_when_all_is(step: int, told: list[str]) -> None:
    notices = notices_of(pressing(step))
    assert [(notice.unit, notice.template) for notice in notices] == [(POLICE, each) for each in told]
    for notice in notices:
        text = json.dumps(compose(notice, load_wording(), token="t", sites=SITES), ensure_ascii=False)
        assert "115年11月22日 22:05" in text
        assert "grade" not in text and "分級" not in text


def test_a_household_that_was_not_visited_is_told_without_a_code_of_anybody() -> None:
    for step, told in ((80, "task_pressing"), (100, "visit_over")):
        [notice] = notices_of(pressing(step, None).model_copy(update={"what": "visit_household", "about": "h"}))
        assert (notice.unit, notice.template) == (POLICE, told)
    text = json.dumps(compose(notice, load_wording(), token="t", sites=SITES), ensure_ascii=False)
    assert '"uri": "https://network.example/households?state=overdue&openExternalBrowser=1"' in text


def test_a_task_without_a_case_leads_to_what_is_owed_today() -> None:
    [notice] = notices_of(pressing(100, None))
    text = json.dumps(compose(notice, load_wording(), token="t", sites=SITES), ensure_ascii=False)
    assert '"uri": "https://network.example/today?openExternalBrowser=1"' in text
    assert notice.code == "5E6F7A8B"


def test_a_new_report_goes_before_what_can_wait() -> None:
    waiting = [notices_of(event)[0].priority or 0 for event in (ASKED, CLOSED, pressing(80))]
    assert min(waiting) > 4


@pytest.mark.parametrize(
    ("event", "told"),
    [
        (OPENED, [(LEAD, "new_case"), (POLICE, "take_part")]),
        (JOINED, [(LEAD, "re_report"), (WINDOW, "re_report_in_service"), (HEALTH, "take_part")]),
        (JOINED.model_copy(update={"lead": WINDOW, "added": ()}), [(WINDOW, "re_report")]),
        (JOINED.model_copy(update={"decided_again": True, "added": ()}), [(LEAD, "decided_again")]),
        (RETURNED, [("chiayi-county/window", "returned")]),
        (ACCEPTED, []),
        (REVIEW, [("chiayi-county/window", "review")]),
        (decided(Outcome.TRANSFERRED, "yunlin-county"), [("other-counties/yunlin-county", "transferred")]),
        (decided(Outcome.TRANSFERRED), [("other-counties/unknown", "transferred")]),
        (decided(Outcome.PROTECTION), []),
        (decided(Outcome.DUPLICATE), []),
        (decided(Outcome.NO_DISPATCH), []),
    ],
)
def test_those_who_must_know_are_told_and_no_one_else(event: Event, told: list[tuple[str, str]]) -> None:
    assert [(notice.unit, notice.template) for notice in notices_of(event)] == told


def test_a_report_that_is_decided_again_says_nothing_of_how_fast_it_came() -> None:
    again = notices_of(JOINED.model_copy(update={"decided_again": True}))
    assert {notice.received_at for notice in again} == {None}
    assert {notice.received_at for notice in notices_of(JOINED)} == {NOW}


def test_the_nearest_clock_is_the_one_told() -> None:
    assert notices_of(OPENED)[0].due_at == NOW + timedelta(hours=4)


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (Answer(200, request_id="r"), Sent("r")),
        (Answer(409, "The retry key is already accepted", "first"), Sent("first")),
        (Answer(500), Later("http_500")),
        (Answer(503, retry_after=7), Later("http_503", 7)),
        (Answer(302), Later("http_302")),
        (Answer(0), Later("no_answer")),
        (Answer(400, "The request body has 1 error(s)"), Failed("refused")),
        (Answer(401, "Authentication failed"), Held("channel")),
        (Answer(403), Held("channel")),
        (Answer(400, "Failed to send messages"), Failed("unknown_group")),
        (Answer(400, "The property, 'to', in the request body is invalid"), Failed("unknown_group")),
        (Answer(429, "You have reached your monthly limit."), Held("quota")),
        (Answer(429, "The API rate limit has been exceeded. Try again later."), Later("http_429")),
        (Answer(429, "The number of concurrent requests is exceeded"), Later("http_429")),
        (Answer(429), Later("http_429")),
    ],
)
def test_each_answer_of_line_means_one_thing(answer: Answer, verdict: Verdict) -> None:
    assert judge(answer) == verdict


def test_pauses_double_up_to_five_minutes_and_are_spread() -> None:
    assert [pause(n, 1, 1).total_seconds() for n in (1, 2, 3, 20, 5_000)] == [1, 2, 4, 300, 300]
    assert pause(3, 1, 0) == pause(3, 1, 1) / 2


def test_a_retry_key_is_given_up_an_hour_before_line_forgets_it() -> None:
    assert not is_too_late(NOW, NOW + timedelta(hours=22, minutes=59))
    assert is_too_late(NOW, NOW + timedelta(hours=23))


def test_a_token_is_worth_nothing_altered_expired_or_signed_by_another() -> None:
    tokens = AcceptTokens(b"secret")
    token = tokens.issue("a-delivery", NOW)
    assert tokens.read(token, NOW) == ("accept", "a-delivery")
    assert tokens.read(token, NOW + VALID) is None
    assert tokens.read(token.replace("a-delivery", "b-delivery"), NOW) is None
    assert AcceptTokens(b"other").read(token, NOW) is None
    for nonsense in ("", ".", "accept...", "勒頸", "a.b.c.d"):
        assert tokens.read(nonsense, NOW) is None


def test_a_token_fits_into_a_postback() -> None:
    assert len(AcceptTokens(b"secret").issue(str(CASE), NOW)) <= 300


@pytest.mark.parametrize("template", sorted(load_wording().templates))
def test_every_message_says_only_code_stream_priority_and_time(template: str) -> None:
    notice = Notice("chiayi-county/welfare_centre.minxiong", template, "chiayi-county", REPORT, CASE, 1, NOW)
    message = compose(notice, load_wording(), token="t", sites=SITES)
    text = json.dumps(message, ensure_ascii=False)
    alts = {
        "case": "新任務 1A2B3C4D",
        "referral": "轉介 1A2B3C4D",
        "meeting": "會議 1A2B3C4D",
        "exercise": "【演習】1A2B3C4D",
    }
    assert message["altText"] == alts[load_wording().templates[template].of]
    for word in ("社福中心", "第1級(最急)", "115年11月22日 21:05"):
        assert word in text
    for word in ("minxiong", "民雄", "chiayi", "嘉義", "暴力", "性侵", "兒少", "{"):
        assert word not in text.replace('{"', "").replace("{}", "")


@pytest.mark.parametrize("template", sorted(load_wording().templates))
@pytest.mark.parametrize("case_id", [CASE, None])
def test_every_link_opens_in_the_phones_own_browser(template: str, case_id: CaseId | None) -> None:
    notice = Notice(LEAD, template, "chiayi-county", REPORT, case_id, 1, NOW)
    links = [each for each in _values(compose(notice, load_wording(), token="t", sites=SITES)) if "://" in each]
    assert links
    for link in links:
        assert dict(parse_qsl(urlsplit(link).query))["openExternalBrowser"] == "1"


def _values(part: Any) -> list[str]:
    """Every text anywhere in a message."""
    if isinstance(part, str):
        return [part]
    inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return [text for each in inner for text in _values(each)]


@pytest.mark.parametrize("template", sorted(load_wording().templates))
def test_every_kind_of_message_has_a_rank_and_only_a_case_without_a_unit_passes_for_the_gravest(template: str) -> None:
    assert rank_of(Notice(LEAD, template, "chiayi-county", REPORT, CASE)) == (
        GRAVEST if template == "returned" else LAST
    )
    assert rank_of(Notice(LEAD, template, "chiayi-county", REPORT, CASE, priority=3)) == 3


@pytest.mark.parametrize(
    ("refused", "asked", "forbidden"),
    [
        ([("a", 60)], ("b", 60), True),
        ([("a", 60)], ("b", 61), True),
        ([("a", 60)], ("b", 59), False),
        ([("a", 60), ("b", 5)], ("c", 5), True),
        ([("a", 60)], ("b", None), False),
        ([("a", None)], ("a", None), True),
        ([("a", None)], ("b", 500), False),
        ([], ("a", 1), False),
    ],
)
def test_a_quota_forbids_what_costs_as_much_as_what_it_refused(
    refused: list[tuple[str, int | None]], asked: tuple[str, int | None], *, forbidden: bool
) -> None:
    shortage = Shortage()
    for each in refused:
        shortage = shortage.refused(*each)
    assert shortage.forbids(*asked) is forbidden
    assert bool(shortage) is bool(refused)


def test_a_message_links_to_the_page_of_its_own_case() -> None:
    def text_of(kind: str) -> str:
        notice = Notice(LEAD, kind, "chiayi-county", REPORT, CASE)
        return json.dumps(compose(notice, load_wording(), token="t", sites=SITES))

    assert f"https://network.example/cases/{CASE}" in text_of("new_case")
    assert f"https://dispatch.example/?report={REPORT}" in text_of("review")


def test_the_supervisor_reads_which_unit_must_answer_and_cannot_answer_for_it() -> None:
    lead, window, _ = notices_of(JOINED.model_copy(update={"clocks": (clock(4),)}))
    told = compose(window, load_wording(), token="t", sites=SITES)["contents"]
    text = json.dumps(told, ensure_ascii=False)
    for word in ("服務中家庭再通報", "須回應單位:保護", window.code, "115年11月23日 01:05", f"/cases/{CASE}"):
        assert word in text
    assert "postback" not in text
    assert "postback" in json.dumps(compose(lead, load_wording(), token="t", sites=SITES))


def test_nothing_personal_in_an_event_reaches_a_message() -> None:
    (notice,) = notices_of(decided(Outcome.TRANSFERRED, "yunlin-county"))
    text = json.dumps(compose(notice, load_wording(), token="t", sites=SITES), ensure_ascii=False)
    for word in (CANARY, "勒頸", "strangl", "sexual", "name:", "key.token"):
        assert word not in text


def test_wording_that_could_carry_more_is_refused_at_the_start() -> None:
    words = load_wording().model_dump()
    words["templates"]["new_case"]["ask"] = "請處理 {subject} 的案件"
    with pytest.raises(ValidationError, match="may not carry"):
        Wording.model_validate(words)


def test_times_are_told_in_taipei_and_the_roc_calendar() -> None:
    assert roc_time(datetime(2026, 12, 31, 16, 30, tzinfo=UTC)) == "116年1月1日 00:30"


def test_percentiles_are_nearest_rank() -> None:
    assert percentile([], 50) is None
    assert (percentile([1, 2, 3, 4], 50), percentile([1, 2, 3, 4], 99), percentile([7], 50)) == (2, 4, 7)
