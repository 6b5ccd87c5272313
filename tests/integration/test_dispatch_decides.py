"""Dispatch on a real MongoDB: every report decided once, races decided by the database, nothing overwritten."""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from contracts.decisions import DecisionMade, Outcome
from contracts.deliveries import DeliveryEscalated, DeliveryId, DeliverySent
from contracts.event import Event
from contracts.reports import ReportId, ReportsCounted, SourceUnit
from dispatch.board import view
from dispatch.domain.report.actor import Actor
from dispatch.domain.report.book import Book
from dispatch.domain.report.comparison import known
from dispatch.figures.ledger import ledger_of, today_of
from dispatch.window.documents import COMPARED, known_of
from dispatch.window.rulings import Ruling
from kit import mongo
from kit.inbox import Received
from kit.problems import Conflict, Forbidden, NotFound, Unprocessable

from tests.integration.dispatch_reports import COUNTY, RECORD, accepted, body, consultation, instant, returned
from tests.integration.dispatch_stage import Window, amendment, make_window, ruling, today
from tests.parts import Parts

pytestmark = pytest.mark.real


def outcomes(documents: Sequence[dict[str, Any]]) -> list[str]:
    return sorted(document["decision"]["outcome"] for document in documents)


# --- deciding ------------------------------------------------------------------------------------------------------


async def test_a_report_gets_its_outcome_unit_reasons_and_clocks(window: Window) -> None:
    [id] = await window.decided(1)
    document = await window.document(id)
    decision = document["decision"]
    assert (decision["outcome"], decision["unit"], decision["priority"]) == (
        "protection",
        "chiayi-county/protection",
        1,
    )
    assert document["stage"] == "waiting"
    assert "D01" in [row["row"] for row in decision["because"]]
    assert document["breach_at"] == next(c["due_at"] for c in decision["clocks"] if c["id"] == "unit.accept")
    assert [each["what"] for each in document["history"]] == ["report_received", "decision_made"]


async def test_the_event_of_a_decision_names_no_person_in_the_clear(window: Window) -> None:
    await window.decided(1)
    await window.landed()
    [event] = window.published
    made = DecisionMade.model_validate_json(event.data)
    assert made.outcome is Outcome.PROTECTION
    assert list(made.sealed) == ["report"]
    assert made.family
    assert "林小" not in event.data.decode()


async def test_every_decision_tells_who_is_named_whether_a_table_or_a_person_made_it(window: Window) -> None:
    [id] = await window.decided(1)
    await window.rulings.rule(id, ruling("no_dispatch"), SUPERVISOR, lambda _: True)
    await window.landed()
    by_table, by_person = (DecisionMade.model_validate_json(event.data) for event in window.published)
    assert (by_table.version, by_person.version) == (1, 2)
    assert [(each.role, each.birth_year) for each in by_person.people] == [("subject", 1931)]
    assert by_table.people == by_person.people


async def test_nothing_personal_rests_in_the_clear(window: Window) -> None:
    [id] = await window.decided(77)
    assert "林小" not in str(await window.document(id))
    assert "0900000077" not in str(await window.document(id))


async def test_a_batch_that_comes_again_decides_nothing_twice_and_sends_the_same_ids(window: Window) -> None:
    batch = [await window.received(number) for number in range(20)]
    await window.handlers.on_reports(batch)
    await window.handlers.on_reports(batch)
    await window.landed()
    documents = [await window.document(each.event.subject) for each in batch]
    assert {document["decision"]["version"] for document in documents} == {1}
    assert all(len(document["history"]) == 2 for document in documents)
    ids = [event.id for event in window.published]
    assert len(set(ids)) == 20
    assert len(ids) in (20, 40)


async def test_two_reports_of_one_event_in_one_batch_are_one_decision_and_one_duplicate(window: Window) -> None:
    police, hospital = await window.received(5), await window.received(5, "hospital-1", SourceUnit.MEDICAL)
    await window.handlers.on_reports([police, hospital])
    first, second = await window.document(police.event.subject), await window.document(hospital.event.subject)
    assert first["decision"]["outcome"] == "protection"
    assert second["decision"]["outcome"] == "duplicate"
    assert second["decision"]["duplicate_of"] == first["_id"]


async def test_two_writers_racing_over_pairs_make_one_decision_and_one_duplicate_each(
    parts: Parts, settings_env: dict[str, str], window: Window
) -> None:
    """The hole of register-then-look: both find nothing and both decide. Here the keys make them conflict."""
    pairs, size = 150, 25
    other = make_window(client := mongo.connect(parts.mongo), settings_env)
    police = [await window.received(number) for number in range(1, pairs + 1)]
    hospital = [await window.received(number, "hospital-1", SourceUnit.MEDICAL) for number in range(1, pairs + 1)]

    async def write(writer: Window, events: list[Received[Event]]) -> None:
        for start in range(0, pairs, size):
            await writer.handlers.on_reports(events[start : start + size])

    await asyncio.gather(write(window, police), write(other, hospital))
    wrong = []
    for one, two in zip(police, hospital, strict=True):
        documents = [await window.document(each.event.subject) for each in (one, two)]
        if outcomes(documents) != ["duplicate", "protection"]:
            wrong.append(outcomes(documents))
    client.close()
    assert wrong == []


async def test_a_batch_writes_each_of_its_keys_once(window: Window) -> None:
    await window.decided(1)
    keys = window.documents.database["keys"]
    assert await keys.count_documents({"reports.0": {"$exists": True}}) == await keys.count_documents({}) > 1
    assert not await keys.find_one({"touched": {"$exists": True}}), "nobody was there to race with"


async def test_single_writers_over_one_new_key_are_tried_again_not_refused(
    parts: Parts, settings_env: dict[str, str], window: Window
) -> None:
    other = make_window(client := mongo.connect(parts.mongo), settings_env)
    for number in range(1000, 1040):
        one, two = await window.received(number), await window.received(number, "hospital-1", SourceUnit.MEDICAL)
        await asyncio.gather(window.handlers.on_reports([one]), other.handlers.on_reports([two]))
        assert outcomes([await window.document(e.event.subject) for e in (one, two)]) == ["duplicate", "protection"]
    client.close()


async def test_a_destroyed_key_leaves_a_decision_without_people(window: Window) -> None:
    received = await window.received(3)
    await window.vault.destroy("owner")
    await window.handlers.on_reports([received])
    document = await window.document(received.event.subject)
    assert document["decision"]["outcome"] == "protection"
    assert document["keys"]["subject"] == []


async def test_an_older_version_of_a_report_changes_nothing(window: Window) -> None:
    received = await window.received(4)
    amended = await amendment(window, received, body(4, needs=["economic_hardship"]), 2)
    await window.handlers.on_reports([received, amended, received])
    assert (await window.document(received.event.subject))["version"] == 2


async def test_an_amendment_that_raises_is_decided_anew_and_keeps_the_history(window: Window) -> None:
    received = await window.received(consultation(6))
    await window.handlers.on_reports([received])
    first = await window.document(received.event.subject)
    await window.handlers.on_reports([await amendment(window, received, body(6), 2)])
    second = await window.document(received.event.subject)
    assert first["decision"]["outcome"] != "protection"
    assert (second["decision"]["outcome"], second["decision"]["version"]) == ("protection", 2)
    assert [each["what"] for each in second["history"]][:3] == [e["what"] for e in first["history"]] + [
        "report_amended"
    ]


async def test_an_amendment_that_would_lower_waits_for_a_person(window: Window) -> None:
    received = await window.received(7)
    await window.handlers.on_reports([received])
    await window.handlers.on_reports([await amendment(window, received, consultation(7), 2)])
    document = await window.document(received.event.subject)
    assert document["stage"] == "pending"
    await window.landed()
    assert {event.headers["ce_type"] for event in window.published} == {"decision.made", "review.requested"}


# --- what it is compared with --------------------------------------------------------------------------------------


async def test_what_is_read_of_a_report_to_compare_it_says_the_same_as_the_whole(window: Window) -> None:
    ids = await window.decided(1, 1, 2, 3)
    fourth = await window.received(4)
    await window.handlers.on_reports([fourth, await window.received(consultation(5))])
    await window.handlers.on_reports([await amendment(window, fourth, body(4), 2)])
    await window.handlers.on_news([accepted(ids[2])])
    service = {"state": "closed", "unit": f"{COUNTY}/protection", "at": instant(), "version": 3}
    await window.alter(ids[2], {"service": service | {"watched_until": instant() + timedelta(days=90)}})
    for id in await window.documents.distinct("_id"):
        compared = await window.documents.find_one({"_id": id}, COMPARED)
        assert compared is not None
        part, whole = known_of(compared), known(await window.report(id))
        assert replace(part, kinds=()) == replace(whole, kinds=())
        assert set(part.kinds) == set(whole.kinds)
        assert part.ended is (id == ids[2])
        assert not {"report", "sealed", "history"} & set(compared)


async def test_keys_that_nobody_had_are_inserted_and_the_others_grow(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, new = window.reports._keys, list[set[str]]()
    register = keys.register

    async def noted(all_: Iterable[str], ids: Any, unknown: Collection[str], session: Any) -> None:
        new.append(set(unknown))
        assert new[-1] <= {*all_, *ids}
        await register(all_, ids, unknown, session)

    monkeypatch.setattr(keys, "register", noted)
    [first] = await window.decided(1)
    [again] = await window.decided(1)
    own = set((await window.report(first)).keys.blocking)
    assert new == [own, set()]
    assert set((await keys.under(sorted(own))).popitem()[1]) == {first, again}


async def test_who_shares_a_weak_key_alone_is_read_to_compare_and_whole_where_it_must_be_written(
    window: Window,
) -> None:
    phone = body(1)["people"][0]["phones"]
    await window.handlers.on_reports([first := await window.received(1)])
    other = body(2)
    other["people"][0]["phones"] = phone
    keys = (await window.handlers._opened([await window.received(other)]))[0].keys.blocking
    id, seen = first.event.subject, list[tuple[set[str], set[str]]]()

    def decide(book: Book) -> None:
        seen.append((set(book.others), set(book.reports)))
        book.count_as("somebody", [book.known_by(keys, but="")[0].person or ""])
        assert [each.person for each in book.known_by(keys, but="")] == ["somebody"]
        assert book.holder("nowhere") is None
        raised = book.holder(id)
        assert raised is not None
        book.keep(replace(raised, returns=raised.returns + 1))

    await window.reports.decide_batch([], keys, decide)
    assert seen == [({id}, set()), ({id}, set()), (set(), {id})]
    report = await window.report(id)
    assert (report.returns, report.person, bool(report.history)) == (1, "somebody", True), "once, and nothing is lost"


# --- what becomes of a report --------------------------------------------------------------------------------------


async def test_an_acceptance_is_noted_once_and_stops_the_clock(window: Window) -> None:
    [id] = await window.decided(8)
    event = accepted(id)
    await window.handlers.on_news([event])
    await window.handlers.on_news([event])
    document = await window.document(id)
    assert (document["stage"], document["accepted"]["by"], document["breach_at"]) == ("accepted", "陳社工", None)
    assert [each["what"] for each in document["history"]].count("case_accepted") == 1


async def test_a_returned_report_waits_for_the_window_again(window: Window) -> None:
    [id] = await window.decided(9)
    await window.handlers.on_news([accepted(id), returned(id)])
    document = await window.document(id)
    assert document["stage"] == "returned"
    assert document["accepted"] is None
    assert document["breach_at"] is not None


async def test_an_acceptance_of_a_decision_since_replaced_says_nothing_of_the_new_one(window: Window) -> None:
    [id] = await window.decided(10)
    late = accepted(id, instant() - timedelta(hours=1))
    await window.handlers.on_news([late])
    assert (await window.document(id))["stage"] == "waiting"


@pytest.mark.parametrize("outcome", ["no_dispatch", "duplicate"])
async def test_an_answer_that_crosses_a_decision_that_sends_nobody_leaves_that_in_force(
    window: Window, outcome: str
) -> None:
    [first, id] = await window.decided(1, 2)
    more = {"duplicate_of": first} if outcome == "duplicate" else {}
    await window.rulings.rule(id, ruling(outcome, **more), SUPERVISOR, lambda _: True)
    for crossing in (accepted(id), returned(id)):
        await window.handlers.on_news([crossing])
        document = await window.document(id)
        assert (document["stage"], document["accepted"], document["returned"]) == ("settled", None, None)
    assert [each["what"] for each in document["history"]][-2:] == ["case_accepted", "case_returned"]
    with pytest.raises(Conflict):
        await window.rulings.undo(id, 2, SUPERVISOR, lambda _: True)


async def test_a_message_sent_is_in_the_history(window: Window) -> None:
    [id] = await window.decided(11)
    event = DeliverySent(
        delivery_id=DeliveryId("d"),
        report_id=ReportId(id),
        unit=f"{COUNTY}/protection",
        template="t",
        sent_at=instant(),
    )
    await window.handlers.on_news([Received(str(uuid4()), event, {}, RECORD)])
    assert (await window.document(id))["history"][-1]["what"] == "delivery_sent"


async def test_a_report_that_nobody_answers_for_says_on_the_board_whom_notify_asked_since(window: Window) -> None:
    [id] = await window.decided(11)

    async def asked(whom: str, *, found: bool = True) -> str:
        about: dict[str, Any] = {
            "delivery_id": DeliveryId("d"),
            "report_id": ReportId(id),
            "template": "t",
        }
        unit, at = f"{COUNTY}/protection", instant()
        event = DeliveryEscalated(**about, unit=unit, step=1, whom=whom, found=found, escalated_at=at)
        await window.handlers.on_news([Received(str(uuid4()), event, {}, RECORD)])
        return await noted()

    async def noted() -> str:
        return str(view.row(await window.report(id), "en", instant())["asked_next"])

    assert await asked("supervisor") == "The supervisor was asked"
    assert await asked("last_resort", found=False) == "A step found nobody to ask"
    await window.rulings.rule(id, ruling("welfare_centre"), SUPERVISOR, lambda _: True)
    assert "ask" not in await noted(), "another unit is asked now"
    await window.handlers.on_news([accepted(id)])
    assert "ask" not in await asked("supervisor"), "somebody answers for it"


# --- a person decides ----------------------------------------------------------------------------------------------

OFFICER, SUPERVISOR = Actor("王篩派", supervisor=False), Actor("李督導", supervisor=True)


async def test_only_a_supervisor_may_lower_protection(window: Window) -> None:
    [id] = await window.decided(12)
    with pytest.raises(Forbidden):
        await window.rulings.rule(id, ruling("welfare_centre"), OFFICER, lambda _: True)
    report = await window.rulings.rule(id, ruling("welfare_centre"), SUPERVISOR, lambda _: True)
    assert str(report.decision.unit).startswith(f"{COUNTY}/welfare_centre")


async def test_a_persons_decision_is_a_new_version_with_a_name(window: Window) -> None:
    [id] = await window.decided(13)
    await window.rulings.rule(id, ruling("protection"), OFFICER, lambda _: True)
    await window.landed()
    made = DecisionMade.model_validate_json(window.published[-1].data)
    assert (made.version, made.decided_by, made.because[0].row) == (2, "王篩派", "person")


async def test_a_decision_on_an_old_version_is_refused(window: Window) -> None:
    [id] = await window.decided(14)
    await window.rulings.rule(id, ruling("protection"), OFFICER, lambda _: True)
    with pytest.raises(Conflict):
        await window.rulings.rule(id, ruling("protection"), OFFICER, lambda _: True)


async def test_of_two_officers_at_once_one_is_refused(window: Window) -> None:
    [id] = await window.decided(15)
    both = [window.rulings.rule(id, ruling("protection"), OFFICER, lambda _: True) for _ in range(2)]
    answers = await asyncio.gather(*both, return_exceptions=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "Report"]
    assert (await window.document(id))["decision"]["version"] == 2


async def test_another_countys_report_is_as_unknown_as_none(window: Window) -> None:
    [id] = await window.decided(16)
    with pytest.raises(NotFound):
        await window.rulings.rule(id, ruling("protection"), SUPERVISOR, lambda county: county == "chiayi-city")


@pytest.mark.parametrize(
    "wrong",
    [
        {"outcome": "duplicate"},
        {"outcome": "duplicate", "duplicate_of": "nobody"},
        {"outcome": "transferred"},
        {"outcome": "transferred", "transferred_to": COUNTY},
        {"outcome": "protection", "unit": "chiayi-city/protection"},
    ],
)
async def test_a_decision_that_does_not_fit_is_refused_in_words(window: Window, wrong: dict[str, str]) -> None:
    [id] = await window.decided(17)
    with pytest.raises(Unprocessable):
        await window.rulings.rule(id, ruling(**wrong), SUPERVISOR, lambda _: True)


async def test_a_reason_in_words_is_sealed(window: Window) -> None:
    [id] = await window.decided(18)
    told = Ruling(outcome=Outcome.PROTECTION, reason="電話確認林小美在家", version=1)
    await window.rulings.rule(id, told, OFFICER, lambda _: True)
    document = await window.document(id)
    assert "林小美" not in str(document)
    [values] = await window.vault.open([document["history"][-1]["reason_sealed"]])
    assert values == {"reason": "電話確認林小美在家"}


# --- conservation --------------------------------------------------------------------------------------------------


def counted(received: int, unanswered: Sequence[str] = (), at: datetime | None = None) -> Received[Event]:
    day = (instant() + timedelta(hours=8)).date().isoformat()
    ids = tuple(ReportId(each) for each in unanswered)
    event = ReportsCounted(county=COUNTY, day=day, received=received, unanswered=ids, counted_at=at or instant())
    return Received(str(uuid4()), event, {}, RECORD)


async def test_the_ledger_is_equal_when_everything_intake_counted_is_here(window: Window) -> None:
    ids = await window.decided(*range(20, 26))
    await window.handlers.on_news([accepted(ids[0]), returned(ids[1])])
    await window.handlers.on_counts([counted(6)])
    found = await today(window)
    assert (found.equal, found.received, found.decided["protection"]) == (True, 6, 6)
    assert (found.accepted, found.returned, found.waiting) == (1, 1, 4)


async def test_the_ledger_names_what_intake_has_and_we_do_not(window: Window) -> None:
    [id] = await window.decided(30)
    await window.handlers.on_counts([counted(2, [id, "lost-report"])])
    found = await today(window)
    assert (found.equal, found.received, found.missing) == (False, 2, ["lost-report"])


async def test_an_older_count_does_not_replace_a_newer_one(window: Window) -> None:
    await window.handlers.on_counts([counted(5)])
    await window.handlers.on_counts([counted(3, at=instant() - timedelta(minutes=1))])
    assert (await today(window)).received == 5


async def test_the_ledger_names_what_is_past_its_clock(window: Window) -> None:
    [id] = await window.decided(31)
    found = await ledger_of(window.reports, window.figures, today_of(COUNTY, instant()), instant() + timedelta(hours=5))
    assert found.overdue == [id]


def test_every_word_of_the_board_has_both_languages() -> None:
    from dispatch.site.words import _words

    assert [key for key, pair in _words().items() if not all(pair)] == []


async def test_the_same_event_told_graver_raises_the_first_report_once(window: Window) -> None:
    mild = body(7)
    mild["event"] = mild["event"] | {"danger_signs": []}
    first, second = await window.received(mild), await window.received(7, "hospital-1", SourceUnit.MEDICAL)
    await window.handlers.on_reports([first])
    before = await window.document(first.event.subject)
    for _ in range(2):
        await window.handlers.on_reports([second])
    original, duplicate = await window.document(first.event.subject), await window.document(second.event.subject)
    assert (before["decision"]["outcome"], original["decision"]["outcome"]) == ("no_dispatch", "protection")
    assert (original["decision"]["version"], original["stage"]) == (2, "waiting")
    assert (duplicate["decision"]["outcome"], duplicate["decision"]["duplicate_of"]) == (
        "duplicate",
        first.event.subject,
    )
    await window.landed()
    events = [DecisionMade.model_validate_json(each.data) for each in window.published]
    assert len({each.id for each in window.published}) == 3
    assert (events[-1].report_id, events[-1].version) == (first.event.subject, 2) or events[-1].outcome == "duplicate"
