"""A page of a list that is ordered by a time is read off an index in that order, whatever else a county has stored."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
import pytest_asyncio
from contracts.roles import Caller
from kit import mongo
from kit.mongo import Collection, Database, Document
from kit.paging import NEVER, Order, Page, place_of
from network.access import Scope
from network.cases import documents as cases
from network.cases.domain.case import Case
from network.meetings.store import Sought as Meetings
from network.programmes.store import Sought as Enrolments
from network.referrals.fhir.store import Addressed
from network.referrals.fhir.store import Sought as Asked
from network.referrals.store import Sought as Referrals
from network.rosters.store import Sought as Households
from network.steps.store import Asked as Steps
from network.stores import Stores
from network.tasks.store import Wanted

from tests.integration.network_recording import publish_nothing
from tests.integration.network_stage import CITY, COUNTY, PROTECTION

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

STORED, PAGE = 720, 10
T0 = datetime(2026, 1, 1, tzinfo=UTC)
LATER, MIDDLE = T0 + timedelta(hours=STORED), place_of(T0 + timedelta(hours=STORED / 2), f"{STORED // 2:04}")
ME = "worker of protection"
CASE = cast("Case", SimpleNamespace(ids={"mine"}))
OURS, MINE = Scope(frozenset({COUNTY})), Scope(frozenset({COUNTY}), frozenset({PROTECTION}))


@dataclass(frozen=True)
class Asking:
    """Who asks for a page, and from where on."""

    kept: Stores
    database: Database
    scope: Scope
    after: str | None

    @property
    def caller(self) -> Caller:
        return Caller(ME, "caseworker", self.scope.counties, self.scope.units)


@dataclass(frozen=True)
class Listed:
    """A list: its page, and what its documents say beside what all do.

    `by_unit`: an index has them by unit too. Else a unit's page reads its county's list, in order, until it is full.
    """

    collection: str
    page: Callable[[Asking], Awaitable[object]]
    states: tuple[str, ...] = ("open", "closed")
    by_unit: bool = True
    more: Mapping[str, Any] = field(default_factory=dict)


def of_cases(state: str | None) -> Listed:
    return Listed("cases", lambda it: it.kept.cases.latest(it.scope, cases.Sought(state), it.after, PAGE))


def of_pile(pile: Callable[[Scope], cases.Pile]) -> Listed:
    return Listed("cases", lambda it: it.kept.cases.of(pile(it.scope), PAGE, it.after), by_unit=False)


def of_referrals(*, by_unit: bool = True, **sought: Any) -> Listed:
    return Listed(
        "referrals", lambda it: it.kept.referrals.find(it.scope, Referrals(**sought), it.after, PAGE), by_unit=by_unit
    )


def of_enrolments(**sought: Any) -> Listed:
    return Listed("enrolments", lambda it: it.kept.enrolments.find(it.scope, Enrolments(**sought), it.after, PAGE))


def of_tasks(**wanted: Any) -> Listed:
    return Listed("tasks", lambda it: it.kept.tasks.find(it.scope, Wanted(**wanted), it.after, PAGE))


def of_households(state: str | None) -> Listed:
    sought = Households(LATER if state == "overdue" else T0, state=state)
    states = ("open", "looking", "answered", "gathered")
    return Listed("households", lambda it: it.kept.households.find(it.scope, sought, it.after, PAGE), states)


def of_linkings(state: str | None) -> Listed:
    """A unit's worker has none."""
    return Listed(
        "linkings", lambda it: it.kept.linkings.find(Scope(it.scope.counties), state, it.after, PAGE),
        ("open", "linked", "ended"),
    )  # fmt: skip


def of_listings(code: str | None) -> Listed:
    return Listed(
        "listings", lambda it: it.kept.meetings.find_listings(it.scope, code, None, it.after, PAGE, standing=True)
    )


def of_story(it: Asking) -> Awaitable[object]:
    beyond = (T0 + timedelta(hours=STORED / 2), f"{STORED // 2:04}") if it.after else None
    return it.kept.steps.of(["mine"], ["mine"], Steps(COUNTY, beyond=beyond), PAGE + 1)


def addressed(it: Asking) -> Awaitable[object]:
    return Addressed(it.database).find(Asked({COUNTY}, {PROTECTION}, {"counselling"}), it.after, PAGE)


LISTS = {
    "cases": of_cases(None), "open cases": of_cases("open"), "closed cases": of_cases("closed"),
    "waiting": of_pile(cases.waiting_for_a_worker), "unseen": of_pile(lambda scope: cases.unseen(scope, NEVER)),
    "asking": of_pile(lambda scope: cases.asking(scope, "to_close")),
    "contacts": Listed("contacts", lambda it: it.kept.cases.contacts.of(CASE, it.after)),
    "tasks": of_tasks(), "tasks of every state": of_tasks(state=None), "tasks of somebody": of_tasks(person=ME),
    "referrals": of_referrals(), "sent": of_referrals(state="open", by_unit=False),
    "counselling": of_referrals(service="counselling", by_unit=False),
    "asked for": of_referrals(side="from_unit"), "fhir": Listed("referrals", addressed),
    "linkings": of_linkings(None), "open linkings": of_linkings("open"),
    "letters": Listed("staff_warnings", lambda it: it.kept.warnings.of(it.caller, it.after, PAGE)),
    "records": Listed("records", lambda it: it.kept.records.find(it.scope, {}, it.after, PAGE), by_unit=False),
    "looks": Listed("looks", lambda it: it.kept.looks.latest(it.scope, it.after, PAGE), by_unit=False),
    "questions": Listed(
        "askings", lambda it: it.kept.askings.latest(it.scope, it.after, PAGE, alarming=False), by_unit=False
    ),
    "meetings": Listed("meetings", lambda it: it.kept.meetings.find(it.scope, Meetings(), it.after, PAGE)),
    "listings": of_listings(None), "listings of one list": of_listings("high_risk"),
    "enrolments": of_enrolments(), "enrolled": of_enrolments(state="open"), "programme": of_enrolments(programme="p"),
    "households": of_households(None), "due": of_households("due"), "overdue": of_households("overdue"),
    "story": Listed("steps", of_story, more={"what": "sent.new", "service": "notify"}),
    "early warnings": Listed(
        "early_warnings", lambda it: it.kept.early_warnings.find(it.scope, None, it.after, PAGE, is_open=True),
        by_unit=False,
    ),
    "sheets": Listed("village_sheets", lambda it: it.kept.sheets.find(it.scope, None, it.after, PAGE), by_unit=False),
}  # fmt: skip


EARLIER = {
    "cases": ("county open opened_at-", "county open next_due", "units open next_due", "county opened_at"),
    "contacts": ("case_id at-",), "steps": ("report_id at-", "case_id at-"), "looks": ("county at-",),
    "meetings": ("county at", "units at"), "listings": ("county list since",), "referrals": ("county sent_at",),
    "staff_warnings": ("sent_by sent_at-", "readers sent_at-"),
}  # fmt: skip
"""The indexes that an earlier release made of these fields."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asking(shared_env: dict[str, str]) -> AsyncIterator[Asking]:
    """Every index that the service makes, where an earlier release ran before."""
    client = mongo.connect(shared_env["mongo_url"])
    database = mongo.database(client, shared_env["database_prefix"] + "network")
    kept = Stores.of(client, database, publish_nothing)
    for collection, indexes in EARLIER.items():
        for fields in indexes:
            keys = [(each.rstrip("-"), -1 if each.endswith("-") else 1) for each in fields.split()]
            await database[collection].create_index(keys)
    for prepare in kept.prepares:
        await prepare()
    yield Asking(kept, database, OURS, None)
    client.close()


def document(n: int, listed: Listed) -> Document:
    """What lists ask for, of one county or the other, of one unit or another, of every state, at its own time."""
    county = (COUNTY, CITY)[n % 2]
    mine = n % 12 == 0
    unit = PROTECTION if mine else f"{county}/police"
    at, state = T0 + timedelta(hours=n), listed.states[n // 12 % len(listed.states)]
    times = (
        "at", "opened_at", "sent_at", "decided_at", "begun_at", "made_at", "found_at", "since", "due", "next_due",
        "waiting_since", "unseen_since",
    )  # fmt: skip
    return {
        "_id": f"{n:04}", "county": county, "counties": [county], "unit": unit, "units": [unit], "parties": [unit],
        "to": unit, "asking": [unit, f"{county}/window"], "case_id": "mine" if mine else "theirs",
        "report_id": "mine" if mine and n // 12 % 2 else None, "state": state, "open": state == "open",
        "service": ("counselling", "shelter")[n // 12 % 2], "list": "high_risk", "until": None, "programme": "p",
        "asks": ["to_close"], "readers": [ME, unit] if mine else [unit], "by": ME, "holds": True, "version": 1,
        **dict.fromkeys(("sent_by", "person"), ME if mine else "somebody"), **dict.fromkeys(times, at),
        **{unique: [str(n)] for unique in ("keys", "households", "claims")}, **listed.more,
    }  # fmt: skip


@pytest.mark.parametrize("listed", LISTS.values(), ids=LISTS)
async def test_a_page_reads_what_it_shows_and_sorts_nothing(
    asking: Asking, listed: Listed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a county and for one unit of it, from the start and from the middle on; told by the database's profile."""
    page = Order.page

    async def unread(
        self: Order, at: Collection, query: Document, after: str | None, limit: int, read: object, **more: Any
    ) -> Page[Document]:
        await page(self, at, query, after, PAGE, dict, **more)
        return [], None

    monkeypatch.setattr(Order, "page", unread)
    kept = asking.database[listed.collection]
    await kept.delete_many({})
    await kept.insert_many([document(n, listed) for n in range(STORED)])
    for scope in (OURS, MINE):
        for after in (None, MIDDLE):
            await asking.database.command("profile", 0)
            await asking.database["system.profile"].drop()
            await asking.database.command("profile", 2)
            await listed.page(Asking(asking.kept, asking.database, scope, after))
            await asking.database.command("profile", 0)
            told = {"command.find": listed.collection, "command.sort": {"$exists": True}}
            [read] = [each async for each in asking.database["system.profile"].find(told)]
            said = (scope, after, read["planSummary"], read["docsExamined"])
            assert not read.get("hasSortStage"), said
            assert read["nreturned"] == PAGE + 1, said
            if listed.by_unit or scope is OURS:
                assert read["docsExamined"] <= 3 * PAGE, said
    await kept.delete_many({})


async def test_the_indexes_of_an_earlier_release_are_written_no_more(asking: Asking) -> None:
    for collection, indexes in EARLIER.items():
        there = [each["key"] for each in (await asking.database[collection].index_information()).values()]
        kept = {" ".join(f"{field}{'-' if way == -1 else ''}" for field, way in key) for key in there}
        assert not kept & {*indexes}, collection
