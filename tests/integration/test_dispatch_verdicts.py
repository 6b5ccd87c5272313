"""What an officer finds two reports to be, on a real MongoDB: kept for good, told to network, undone by another."""

from typing import Any

import pytest
from contracts.decisions import DecisionMade
from dispatch.domain.report.actor import Actor
from dispatch.figures.ledger import today_of
from dispatch.policy import policies
from dispatch.window.claims import Claims
from dispatch.window.verdicts import Verdict, Verdicts
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable

from tests.integration.dispatch_reports import COUNTY, ONE, TWO, about, instant
from tests.integration.dispatch_stage import LI, WANG, Window, amendment, sees, told

pytestmark = pytest.mark.real
ACCEPTED = {"by": "林", "unit": f"{COUNTY}/protection", "case_id": "c1", "at": instant()}


def verdicts(window: Window) -> Verdicts:
    return Verdicts(window.reports, window.vault, window.rulings, policies(), instant)


async def say(window: Window, id: str, of: str, kind: str, by: Actor = WANG, version: int | None = None) -> Any:
    at = version or (await window.document(id))["decision"]["version"]
    verdict = Verdict.model_validate({"kind": kind, "reason": "問過家訪員", "version": at})
    return await verdicts(window).say(id, of, verdict, by, sees)


async def last_told(window: Window, id: str) -> DecisionMade:
    """The latest decision about a report that was published."""
    await window.landed()
    made = [DecisionMade.model_validate_json(each.data) for each in window.published if b"decided_by" in each.data]
    return [each for each in made if each.report_id == id][-1]


async def test_a_verdict_is_kept_in_both_reports_with_who_and_when_and_a_sealed_reason(window: Window) -> None:
    first, second = await told(window, about(), about(day=18))
    await say(window, second, first, "same_family")
    for id, of in ((first, second), (second, first)):
        document = await window.document(id)
        [verdict] = document["verdicts"]
        assert (verdict["of"], verdict["kind"], verdict["who"]) == (of, "same_family", "王篩派")
        assert document["history"][-1]["what"] == "found_same_family"
        assert "家訪員" not in str(document)
        assert document["history"][-1]["reason_sealed"]


async def test_what_was_found_apart_goes_out_apart_and_shares_no_key_of_the_name(window: Window) -> None:
    first, second = await told(window, about(), about(day=18))
    before = await last_told(window, second)
    assert before.family
    await say(window, second, first, "not_same")
    after = await last_told(window, second)
    assert (after.apart, after.family, after.version) == ((first,), (), before.version + 1)
    assert (after.outcome, after.unit) == (before.outcome, before.unit)


async def test_an_undo_is_another_verdict_and_the_first_stays_to_be_read(window: Window) -> None:
    first, second = await told(window, about(), about(day=18))
    await say(window, second, first, "not_same")
    await say(window, second, first, "same_person_new_event")
    document, after = await window.document(second), await last_told(window, second)
    assert [each["kind"] for each in document["verdicts"]] == ["not_same", "same_person_new_event"]
    assert (after.apart, after.together) == ((), (first,))
    assert after.family


async def test_apart_is_for_good_an_amendment_does_not_bring_them_together_again(window: Window) -> None:
    first, other = await told(window, about(national_id=ONE), about(day=18))
    received = await window.received(about(day=10), "agency-9")
    await window.handlers.on_reports([received])
    id = str(received.event.subject)
    await say(window, id, first, "not_same")
    await say(window, id, other, "not_same")
    amended = about(national_id=ONE, phones=["0911111111"])  # now of one event with the first, by id and by time
    await window.handlers.on_reports([await amendment(window, received, amended, 2)])
    document = await window.document(id)
    assert document["decision"]["outcome"] != "duplicate"
    assert document["decision"]["duplicate_of"] is None


async def test_a_family_found_by_a_person_goes_out_together_although_no_key_is_shared(window: Window) -> None:
    first, second = await told(window, about(), about(name="王大明", birth_date="1950-01-01", day=18))
    await say(window, second, first, "same_family")
    assert (await last_told(window, second)).together == (first,)


async def test_one_event_is_linked_by_the_path_of_rulings_and_only_a_supervisor_lowers(window: Window) -> None:
    first, second = await told(window, about(), about(name="王大明", birth_date="1950-01-01"))
    with pytest.raises(Forbidden):
        await say(window, second, first, "same_event")
    assert "verdicts" not in await window.document(first)
    await say(window, second, first, "same_event", LI)
    decision = (await window.document(second))["decision"]
    assert (decision["outcome"], decision["duplicate_of"], decision["decided_by"]) == ("duplicate", first, "李督導")


@pytest.mark.parametrize("kind", ["not_same", "same_family", "same_person_new_event"])
async def test_what_is_no_duplicate_after_all_waits_for_a_person(window: Window, kind: str) -> None:
    first, second = await told(window, about(), about(hour=22))
    assert (await window.document(second))["decision"]["duplicate_of"] == first
    await say(window, second, first, kind)
    document = await window.document(second)
    assert (document["stage"], document["decision"]["duplicate_of"]) == ("pending", None)


async def test_the_same_verdict_from_the_originals_page_parts_its_duplicate(window: Window) -> None:
    first, second = await told(window, about(), about(hour=22))
    await say(window, first, second, "not_same")
    assert (await window.document(second))["stage"] == "pending"
    assert (await window.document(first))["stage"] == "waiting"


async def test_who_leaves_a_shared_case_waits_for_a_unit_anew(window: Window) -> None:
    first, second = await told(window, about(), about(day=18))
    for id in (first, second):
        await window.alter(id, {"case_id": "c1", "stage": "accepted", "accepted": ACCEPTED})
    await say(window, second, first, "not_same")
    left, stayed = await window.document(second), await window.document(first)
    assert (left["stage"], left["accepted"], left.get("case_id")) == ("waiting", None, None)
    assert left["breach_at"] > instant()
    assert (stayed["stage"], stayed["case_id"]) == ("accepted", "c1")


async def test_a_verdict_on_an_old_version_or_on_what_another_holds_is_refused(window: Window) -> None:
    first, second = await told(window, about(), about(day=18))
    await say(window, second, first, "not_same")
    with pytest.raises(Conflict):
        await say(window, second, first, "same_family", version=1)
    await Claims(window.reports, instant).take(second, LI, sees)
    with pytest.raises(Conflict, match="李督導"):
        await say(window, second, first, "same_family")
    assert len((await window.document(second))["verdicts"]) == 1


async def test_another_countys_report_is_as_unknown_as_none_and_none_is_compared_with_itself(window: Window) -> None:
    first, second = await told(window, about(), about(day=18))
    verdict = Verdict(kind="not_same", reason="x", version=1)
    with pytest.raises(NotFound):
        await verdicts(window).say(second, first, verdict, WANG, lambda county: county == "chiayi-city")
    with pytest.raises(NotFound):
        await say(window, second, "nowhere", "not_same", version=1)
    with pytest.raises(Unprocessable):
        await say(window, second, second, "not_same")


async def test_a_flood_of_one_name_and_birth_date_shares_no_case_where_ids_differ(window: Window) -> None:
    ids = await told(window, about(national_id=ONE), about(national_id=TWO, day=18), about(day=16))
    families = [set((await window.document(id))["family"]) for id in ids]
    assert not families[0] & families[1]
    assert not families[2]


async def test_figures_count_somebody_told_of_by_different_keys_once(window: Window) -> None:
    only_phone: dict[str, Any] = {"birth_date": None, "phones": ["0911111111"]}
    ids = await told(
        window, about(national_id=ONE, name=None, birth_date=None), about(day=18, **only_phone),
        about(day=16, national_id=ONE, **only_phone),
    )  # fmt: skip
    assert len({(await window.document(id))["person"] for id in ids}) == 1
    assert await window.figures.persons(today_of(COUNTY, instant())) == 1


async def test_who_is_found_to_be_somebody_else_counts_for_themselves(window: Window) -> None:
    first, second = await told(window, about(), about(day=18))
    people = [(await window.document(id))["person"] for id in (first, second)]
    assert people[0] == people[1]
    await say(window, second, first, "not_same")
    assert (await window.document(second))["person"] != people[0]
