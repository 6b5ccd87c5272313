"""A report that goes to a county on the platform: it waits there, is accepted or given back, never lost."""

import asyncio
from dataclasses import replace

import pytest
from contracts.cases import CaseAccepted, CaseId, CaseOpened
from contracts.decisions import DecisionMade, ReviewRequested
from contracts.event import Sealed
from contracts.reports import ReportAmended, ReportId, SourceUnit
from dispatch.board.kin import Kin
from dispatch.domain.report.actor import Actor
from dispatch.domain.report.verdicts import ties_to_cases
from dispatch.figures.ledger import ledger_of, today_of
from dispatch.policy import policies
from dispatch.site.words import word
from dispatch.window.asking import Asking
from dispatch.window.claims import Claims
from dispatch.window.rulings import Again
from dispatch.window.shifts.shifts import _line
from dispatch.window.teaching import Improper, Teaching
from dispatch.window.transfers import on_platform
from dispatch.window.verdicts import Verdict, Verdicts
from intake.domain.status import Status, latest, steps_of
from kit import mongo
from kit.inbox import Received
from kit.problems import Conflict, NotFound
from network.cases.domain.register import Register
from rules.counties import settings_of

from tests.integration.dispatch_reports import CITY, COUNTY, RECORD, body, instant, living_there
from tests.integration.dispatch_stage import Window, amendment, arrived, make_window, ruling, transfers
from tests.parts import Parts

pytestmark = pytest.mark.real
WANG, LI = Actor("王篩派", True, "wang"), Actor("李篩派", False, "li")
CHEN = Actor("陳篩派", False, "chen")
NOT_OURS = Again(reason="not_our_resident", version=1)


def here(county: str) -> bool:
    return county == COUNTY


def there(county: str) -> bool:
    return county == CITY


async def ledgers(window: Window) -> list[tuple[int, int, int, int, bool]]:
    """Received, arrived, decided, open and whether they add up, of the county and of the city."""
    found = [
        await ledger_of(window.reports, window.figures, today_of(county, instant()), instant())
        for county in (COUNTY, CITY)
    ]
    return [(each.received, each.arrived, sum(each.decided.values()), each.open, each.equal) for each in found]


def told(window: Window) -> list[DecisionMade | ReviewRequested]:
    """Every decision that was published, in any order: what Kafka has not confirmed is sent again."""
    kinds = {"decision.made": DecisionMade, "review.requested": ReviewRequested}
    return [kinds[each.headers["ce_type"]].model_validate_json(each.data) for each in window.published]


async def test_a_transfer_waits_in_the_other_county_and_stays_decided_in_the_first(window: Window) -> None:
    id, there_id = await arrived(window)
    sent, waiting = await window.document(id), await window.document(there_id)
    assert (sent["decision"]["outcome"], sent["stage"], sent["transfer"]["state"]) == (
        "transferred", "settled", "waiting")  # fmt: skip
    assert (waiting["county"], waiting["stage"], waiting["report_id"]) == (CITY, "arrived", id)
    assert waiting["decision"]["table"]["county"] == CITY
    responsible = {(await window.report(each)).responsible for each in (id, there_id)}
    assert responsible == {f"{COUNTY}/window"}
    assert sent["breach_at"] - sent["breach_since"] == settings_of(CITY).transfer_accepted_within
    assert "林小" not in str(waiting)
    assert await ledgers(window) == [(1, 0, 1, 0, True), (0, 1, 0, 1, True)]


async def test_a_note_says_of_a_transfer_that_it_waits_to_be_accepted(window: Window) -> None:
    id, _ = await arrived(window)
    assert _line(await window.report(id), instant())["promise"] == "transfer.accept"
    assert word("transfer.accept", "zh") == "接受移轉"


async def test_only_counties_that_work_here_get_a_transfer_into_their_queue(window: Window) -> None:
    sent = living_there(1)
    sent["people"][0]["residence"] = {"county": "tainan-city"}
    received = await window.received(sent)
    await window.handlers.on_reports([received])
    await transfers(window).carry_all()
    document = await window.document(received.event.subject)
    assert (document["decision"]["outcome"], document["transfer"], document["breach_at"]) == ("transferred", None, None)
    assert on_platform(policies()) >= {COUNTY, CITY, "kaohsiung-city"}
    assert len(await window.reports.of_report(received.event.subject)) == 1


async def test_carrying_again_and_by_two_replicas_at_once_brings_it_once(
    window: Window, parts: Parts, settings_env: dict[str, str]
) -> None:
    other = make_window(client := mongo.connect(parts.mongo), settings_env)
    batch = [await window.received(living_there(number)) for number in range(20)]
    await window.handlers.on_reports(batch)
    await asyncio.gather(*(transfers(each).carry_all() for each in (window, other, window)))
    await window.handlers.on_reports(batch)
    await transfers(window).carry_all()
    client.close()
    assert await ledgers(window) == [(20, 0, 20, 0, True), (0, 20, 0, 20, True)]


async def test_a_report_that_cannot_be_carried_keeps_no_other_from_its_county(window: Window) -> None:
    broken, whole = [await window.received(living_there(number)) for number in range(2)]
    await window.handlers.on_reports([broken, whole])
    ids = [str(each.event.subject) for each in (broken, whole)]
    await window.alter(ids[0], {"report": {"case_type": "of_tomorrow"}})
    await transfers(window).carry_all()
    assert (await window.document(ids[1]))["transfer"]["state"] == "waiting"
    assert (await window.document(ids[0]))["to_carry"]


async def test_the_accepting_county_decides_by_its_own_table_as_the_next_version(window: Window) -> None:
    id, there_id = await arrived(window)
    version = (await window.document(there_id))["decision"]["version"]
    taken = await transfers(window).accept(there_id, version, LI, there)
    sent = await window.document(id)
    assert taken.decision.version == version + 1
    assert taken.decision.table
    assert taken.decision.table.county == CITY
    assert taken.decision.outcome not in ("transferred", "duplicate")
    assert min(clock.started_at for clock in taken.decision.clocks) >= sent["decision"]["decided_at"]
    assert (sent["decision"]["outcome"], sent["transfer"]["state"], sent["breach_at"]) == (
        "transferred", "accepted", None)  # fmt: skip
    assert (sent["holds"], taken.holds) == (False, True)
    await window.landed()
    event = max(told(window), key=lambda each: each.version)
    assert (event.report_id, event.version, event.county) == (id, version + 1, CITY)
    assert event.received_at == sent["received_at"]
    assert [(each.role, each.birth_year) for each in event.people] == [("subject", 1931)]


async def test_of_two_officers_who_accept_and_reject_at_once_one_is_refused(window: Window) -> None:
    for number in range(10):
        id, there_id = await arrived(window, number)
        both = (
            transfers(window).accept(there_id, 1, LI, there),
            transfers(window).reject(there_id, NOT_OURS, CHEN, there),
        )
        answers = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(each).__name__ for each in answers) == ["Conflict", "Report"], answers
        held = [each for each in await window.reports.of_report(id) if each.holds]
        assert len(held) == 1
    assert [each[-1] for each in await ledgers(window)] == [True, True]


async def test_what_is_given_back_is_in_the_first_countys_queue_with_the_reason(window: Window) -> None:
    id, there_id = await arrived(window)
    await transfers(window).reject(there_id, NOT_OURS, LI, there)
    sent, refused = await window.document(id), await window.document(there_id)
    assert (sent["stage"], sent["transfer"]["state"], sent["decision"]["version"]) == ("pending", "rejected", 2)
    assert (sent["history"][-1]["what"], sent["history"][-1]["reason"]) == ("transfer_rejected", "not_our_resident")
    assert (refused["stage"], refused["decision"]["transferred_to"]) == ("settled", COUNTY)
    assert await ledgers(window) == [(1, 0, 0, 1, True), (0, 1, 1, 0, True)]
    await window.landed()
    assert max(told(window), key=lambda each: each.version).type == "review.requested"
    with pytest.raises(Conflict):
        await transfers(window).accept(there_id, 1, LI, there)


async def test_a_report_may_be_sent_again_after_it_was_given_back(window: Window) -> None:
    id, there_id = await arrived(window)
    await transfers(window).reject(there_id, NOT_OURS, LI, there)
    await window.rulings.rule(id, ruling("transferred", transferred_to=CITY, version=2), WANG, here)
    await transfers(window).carry_all()
    again = (await window.document(id))["transfer"]
    assert (again["state"], again["id"] != there_id) == ("waiting", True)
    taken = await transfers(window).accept(again["id"], 3, LI, there)
    assert taken.decision.version == 4
    assert [each[-1] for each in await ledgers(window)] == [True, True]
    assert (await ledgers(window))[1][1] == 2


async def test_a_transfer_that_is_taken_back_before_it_was_accepted_leaves_the_other_queue(window: Window) -> None:
    id, there_id = await arrived(window)
    await window.rulings.rule(id, ruling("protection"), WANG, here)
    with pytest.raises(Conflict):
        await transfers(window).accept(there_id, 1, LI, there)
    await transfers(window).carry_all()
    assert (await window.document(there_id))["stage"] == "settled"
    assert (await window.document(id))["transfer"] is None
    assert await ledgers(window) == [(1, 0, 1, 0, True), (0, 1, 1, 0, True)]


async def test_taking_back_and_accepting_at_once_leaves_one_county_in_charge(window: Window) -> None:
    for number in range(10):
        id, there_id = await arrived(window, number)
        both = (
            transfers(window).accept(there_id, 1, LI, there),
            window.rulings.rule(id, ruling("protection"), WANG, here),
        )
        answers = await asyncio.gather(*both, return_exceptions=True)
        await transfers(window).carry_all()
        assert sorted(type(each).__name__ for each in answers) == ["Conflict", "Report"], answers
        reports = await window.reports.of_report(id)
        assert len([each for each in reports if each.holds]) == 1
        assert len({each.decision.version for each in reports if each.decision.outcome != "transferred"}) <= 1
    assert [each[-1] for each in await ledgers(window)] == [True, True]


async def test_nobody_decides_what_waits_for_acceptance_or_what_another_county_holds(window: Window) -> None:
    id, there_id = await arrived(window)
    with pytest.raises(Conflict):
        await window.rulings.rule(there_id, ruling("protection"), LI, there)
    with pytest.raises(NotFound):
        await transfers(window).accept(there_id, 1, WANG, here)
    await Claims(window.reports, instant).take(there_id, CHEN, there)
    with pytest.raises(Conflict, match="陳篩派"):
        await transfers(window).accept(there_id, 1, LI, there)
    await transfers(window).accept(there_id, 1, CHEN, there)
    with pytest.raises(Conflict):
        await window.rulings.rule(id, ruling("protection"), WANG, here)
    with pytest.raises(Conflict):
        await window.rulings.undo(id, 1, WANG, here)


async def test_only_the_county_that_holds_a_report_asks_its_sender_or_teaches_it(window: Window) -> None:
    id, there_id = await arrived(window)
    asking, teaching = Asking(window.reports, window.vault, instant), Teaching(window.reports, instant)
    wrong = Improper.model_validate({"version": 1, "shortcomings": [{"at": "/people", "code": "missing"}]})
    for not_held, sees in ((there_id, there), (id, here)):
        with pytest.raises(Conflict):
            await asking.ask(not_held, "which_township", WANG, sees)
        with pytest.raises(Conflict):
            await teaching.find(not_held, wrong, WANG, sees)
        if not_held == there_id:
            await transfers(window).accept(there_id, 1, WANG, there)
    await asking.ask(there_id, "which_township", WANG, there)
    assert (await window.document(there_id))["asked"]["by"] == WANG.username


async def test_an_amendment_goes_to_the_county_that_holds_the_report(window: Window) -> None:
    received = await window.received(living_there(1))
    await window.handlers.on_reports([received])
    await transfers(window).carry_all()
    id = str(received.event.subject)
    there_id = (await window.document(id))["transfer"]["id"]
    taken = await transfers(window).accept(there_id, 1, LI, there)
    amended = await amendment(window, received, living_there(1, event=body(1)["event"]), 2)
    assert isinstance(amended.event, ReportAmended)
    tokens = amended.event.sealed
    event = amended.event.model_copy(update={"sealed": tokens | {"reporter": tokens["report"]}})
    amended = replace(amended, event=event)
    for _ in range(2):
        await window.handlers.on_reports([amended])
    sent, held = await window.document(id), await window.document(there_id)
    assert (sent["version"], sent["decision"]["version"]) == (1, 1)
    assert (held["version"], held["county"]) == (2, CITY)
    assert held["decision"]["version"] == taken.decision.version + 1
    assert held["decision"]["outcome"] == "protection"
    assert held["decision"]["unit"] == f"{CITY}/protection"
    assert list(held["sealed"]) == ["report"]


async def test_an_amendment_that_makes_it_urgent_keeps_it_where_it_was_received(window: Window) -> None:
    """Handle first, transfer after: nobody waits for another county while someone is strangled."""
    received = await window.received(living_there(1))
    await window.handlers.on_reports([received])
    await transfers(window).carry_all()
    id = str(received.event.subject)
    there_id = (await window.document(id))["transfer"]["id"]
    await window.handlers.on_reports([await amendment(window, received, living_there(1, event=body(1)["event"]), 2)])
    await transfers(window).carry_all()
    sent = await window.document(id)
    assert (sent["decision"]["outcome"], sent["decision"]["unit"]) == ("protection", f"{COUNTY}/protection")
    assert (await window.document(there_id))["stage"] == "settled"
    await window.rulings.rule(id, ruling("transferred", transferred_to=CITY, version=2), WANG, here)
    await transfers(window).carry_all()
    assert (await window.document(id))["transfer"]["state"] == "waiting"


async def test_what_the_network_says_is_noted_where_the_report_is_held(window: Window) -> None:
    received = await window.received(living_there(1))
    await window.handlers.on_reports([received])
    await transfers(window).carry_all()
    id = str(received.event.subject)
    there_id = (await window.document(id))["transfer"]["id"]
    taken = await transfers(window).accept(there_id, 1, LI, there)
    version = taken.decision.version
    await window.rulings.rule(there_id, ruling("protection", version=version), LI, there)
    event = CaseAccepted(
        case_id=CaseId("case-9"), version=2, county=CITY, report_id=ReportId(id), unit=f"{CITY}/protection",
        accepted_by="吳社工", accepted_at=instant(),
    )  # fmt: skip
    await window.handlers.on_news([Received("cause-1", event, {}, RECORD)])
    assert (await window.document(there_id))["accepted"]["by"] == "吳社工"
    assert (await window.document(id))["accepted"] is None


async def test_a_report_that_the_city_has_already_is_a_duplicate_there(window: Window) -> None:
    city = living_there(1, county=CITY)
    mine = await window.received(city, "city-police")
    await window.handlers.on_reports([mine])
    received = await window.received(living_there(1), "hospital-1")
    await window.handlers.on_reports([received])
    await transfers(window).carry_all()
    document = await window.document(received.event.subject)
    if document["decision"]["outcome"] == "duplicate":
        assert document["decision"]["duplicate_of"] == mine.event.subject
        return
    taken = await transfers(window).accept(document["transfer"]["id"], 1, LI, there)
    assert (taken.decision.outcome, taken.decision.duplicate_of) == ("duplicate", mine.event.subject)


async def test_a_county_passes_on_what_it_took_over_and_each_ledger_holds(window: Window) -> None:
    id, there_id = await arrived(window)
    taken = await transfers(window).accept(there_id, 1, LI, there)
    version = taken.decision.version
    lead = Actor("黃督導", True, "huang")
    await window.rulings.rule(there_id, ruling("transferred", transferred_to=COUNTY, version=version), lead, there)
    await transfers(window).carry_all()
    back = (await window.document(there_id))["transfer"]["id"]
    last = await transfers(window).accept(back, version + 1, WANG, here)
    assert (last.county, last.decision.version) == (COUNTY, version + 2)
    assert [each.holds for each in await window.reports.of_report(id)] == [True, False, False]
    amended = [each[-1] for each in await ledgers(window)]
    assert amended == [True, True]


async def test_a_graver_telling_raises_the_report_where_it_is_held_with_units_of_that_county(window: Window) -> None:
    id, there_id = await arrived(window)
    taken = await transfers(window).accept(there_id, 1, LI, there)
    await window.rulings.rule(there_id, ruling("welfare_centre", version=taken.decision.version), LI, there)
    graver = await window.received(body(1), "hospital-1", SourceUnit.MEDICAL)
    await window.handlers.on_reports([graver])
    told_again, held = await window.document(graver.event.subject), await window.document(there_id)
    assert (told_again["decision"]["outcome"], told_again["decision"]["duplicate_of"]) == ("duplicate", id)
    assert (held["decision"]["outcome"], held["decision"]["unit"]) == ("protection", f"{CITY}/protection")
    assert (await window.document(id))["decision"]["outcome"] == "transferred"


async def test_the_other_services_follow_the_report_to_the_county_that_accepted_it(window: Window) -> None:
    """The versions go on counting, so the network opens the case there and intake tells the sender of it."""
    id, there_id = await arrived(window)
    taken = await transfers(window).accept(there_id, 1, LI, there)
    await window.rulings.rule(there_id, ruling("protection", version=taken.decision.version), LI, there)
    await window.landed()
    made = sorted({each.version: each for each in told(window) if isinstance(each, DecisionMade)}.items())
    register = Register()
    decided = (register.decide(each, cause=f"{version}", at=instant()) for version, each in (*made, *made))
    [case] = [event for events in decided for event in events if isinstance(event, CaseOpened)]
    assert (case.report_id, case.county, case.lead) == (id, CITY, f"{CITY}/protection")
    known_to_sender = latest(step for each in told(window) for step in steps_of(each))
    assert known_to_sender is not None
    assert (known_to_sender.status, known_to_sender.to_unit_kind) == (Status.DISPATCHED, "protection")


async def test_no_look_for_transfers_walks_through_every_report(
    window: Window, parts: Parts, settings_env: dict[str, str]
) -> None:
    client = mongo.connect(parts.mongo)
    database = client[f"{settings_env['database_prefix']}dispatch"]
    await database.command("profile", 2)
    id, there_id = await arrived(window)
    assert len(await window.reports.of_report(id)) == 2
    opened = CaseOpened(
        case_id=CaseId("case-9"), version=1, county=COUNTY, report_id=ReportId(id), lead=f"{COUNTY}/protection",
        priority=1, received_at=instant(), opened_at=instant(),
    )  # fmt: skip
    await window.handlers.on_news([Received("cause-1", opened, {}, RECORD)])
    await transfers(window).accept(there_id, (await window.document(there_id))["decision"]["version"], LI, there)
    await database.command("profile", 0)
    walked = {"ns": f"{database.name}.reports", "planSummary": {"$regex": "COLLSCAN"}}
    seen = [(each["op"], each["command"]) async for each in database["system.profile"].find(walked)]
    client.close()
    assert seen == []


async def known_there(window: Window) -> tuple[str, str, str]:
    """A report that the city took over (its id, that of the city's document), and a later one of the same people."""
    id, there_id = await arrived(window)
    await transfers(window).accept(there_id, (await window.document(there_id))["decision"]["version"], LI, there)
    again = living_there(1)
    place, people = {"county": CITY, "township": "東區"}, [again["people"][0] | {"conditions": []}]
    event = again["event"] | {"occurred_at": "2026-11-18T09:00:00+08:00", "place": place}
    later = await window.received(again | {"county": CITY, "event": event, "people": people}, "hospital-1")
    await window.handlers.on_reports([later])
    return id, there_id, str(later.event.subject)


@pytest.mark.parametrize("kind", ["not_same", "same_event"])
async def test_a_verdict_on_a_report_that_was_taken_over_names_it_as_every_service_knows_it(
    window: Window, kind: str
) -> None:
    id, there_id, later = await known_there(window)
    version = (await window.document(later))["decision"]["version"]
    verdict = Verdict.model_validate({"kind": kind, "reason": "asked", "version": version})
    verdicts = Verdicts(window.reports, window.vault, window.rulings, policies(), instant)
    said = await verdicts.say(later, there_id, verdict, WANG, there)
    assert (ties_to_cases(said)["apart"], said.decision.duplicate_of) == (
        ((id,), None) if kind == "not_same" else ((), id)
    )  # fmt: skip
    again = verdict.model_copy(update={"version": said.decision.version})
    assert (await verdicts.say(later, there_id, again, WANG, there)).decision.duplicate_of == (
        said.decision.duplicate_of)  # fmt: skip


async def test_a_report_that_was_taken_over_is_shown_as_kin_once_and_never_of_itself(window: Window) -> None:
    id, there_id, later = await known_there(window)
    kin, shown = Kin(window.reports, window.vault), {}
    for each in (later, there_id):
        report = await window.report(each)
        [values] = await window.vault.open([Sealed(report.sealed["report"])])
        views, older = await kin.of(report, values, lambda _: True, "en", instant())
        shown[each] = [view["id"] for view in views]
        assert older == 0
    assert shown == {later: [there_id], there_id: []}
    assert id != there_id
