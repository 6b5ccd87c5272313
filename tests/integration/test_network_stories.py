"""What must never happen again, played through network's pages by the people it happened to.

Each is one of the failures that were published; the same is played through the API in test_network_case_life.py.
"""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from network import words
from rules.counties import units_of

from tests.integration.network_desk import Page, Person, at_desk, clock
from tests.integration.network_life import FAMILY, ahead
from tests.integration.network_stage import COUNTY, POLICE, PROTECTION, Stage, decided, stage

pytestmark = pytest.mark.real

LATER = "2030-01-01T09:00"
PLAN = "Should they come back: ask the grandmother and the class teacher first."
TAINAN = "tainan-city/protection"


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


def told(page: Page) -> set[str]:
    """What a page says that stands in the way."""
    listed = re.findall(r"<li>\s*(.*?)\s*(?:<a |</li>)", page.part("problem"), re.DOTALL)
    return {" ".join(each.split()) for each in listed}


def missing(*codes: str) -> set[str]:
    return {words.of(f"missing.{code}").en for code in codes}


async def reported(net: Stage, report: str = "r1") -> str:
    """The path of the case that a report is in."""
    await net.decide(decided(report, family=["a"], people=FAMILY))
    return f"/cases/{(await net.case_of(report))['case_id']}"


async def state(net: Stage, case: str) -> str:
    return str((await net.get(f"/v1{case}")).json()["state"])


async def assessed(worker: Person, case: str) -> None:
    """Somebody has the case in hand and opened it."""
    await worker.does(case, f"{case}/acceptances")
    await worker.does(case, f"{case}/assessments", opened="yes", needs=["child_development"])


async def test_closed_as_not_to_be_reached_then_reported_the_next_day(net: Stage) -> None:
    """Ombudsman 113-9: a case was closed as "cannot be reached"; the next day the child was reported again."""
    case = await reported(net)
    async with at_desk(net, PROTECTION) as worker, at_desk(net, "supervisor") as head:
        await assessed(worker, case)

        # She rang once and nobody answered. That is no reason to close.
        await worker.does(case, f"{case}/contacts", kind="telephone", at=clock(3), reached="no")
        gone = {"reason": "cannot_be_reached", "return_plan": PLAN}
        page = await worker.does(case, f"{case}/closings", **gone)
        assert page.status == 409
        assert told(page) == missing("attempts", "welfare_check_not_considered", "address_not_current")
        assert PLAN in page.text, "nothing that was typed is lost"

        # So she goes to the address of the household registration, with the police, and writes down what came of it.
        door = {"kind": "visit", "reached": "no", "source": "household_registration", "text": "1 Lane, Minxiong"}
        await worker.does(case, f"{case}/contacts", at=clock(1), **door)
        check = {"welfare_check": "done", "words": "With the police; a neighbour saw them yesterday."}
        page = await worker.does(case, f"{case}/closings", **gone, **check)
        assert (page.status, await state(net, case)) == (200, "closing")
        assert not page.forms(f"{case}/closing-approvals"), "who asks does not approve"

        # Another person closes it, from the list of her week; from then on it is watched.
        assert case in (await head.opens("/friday")).part("to_close")
        page = await head.does(case, f"{case}/closing-approvals")
        assert (page.status, await state(net, case)) == (200, "closed")
        assert "watched until" in page.text.lower()

        # The next day the child is reported again: the same case is open again, and both of them see it at once.
        assert await reported(net, "r2") == case
        assert await state(net, case) == "reopened"
        assert words.of("reopened").en in (await worker.opens(case)).part("closing")
        owed = await worker.opens("/today")
        news = {words.of(each).en for each in ("review_closing", "unit.accept")}
        assert news <= set(re.findall(r"<b>(.*?)</b>", owed.text))
        assert case in (await head.opens("/friday")).part("came_back")
        returns = (await net.get("/v1/statistics/returns", "supervisor", county=COUNTY)).json()["reasons"]
        assert [(each["reason"], each["returned"]) for each in returns] == [("cannot_be_reached", 1)]


async def test_sixteen_workers_in_one_family_and_each_of_them_sees_the_whole_plan(net: Stage) -> None:
    """One family, sixteen social workers, nobody with the whole plan."""
    case = await reported(net)
    units = [unit for unit in units_of(COUNTY) if unit != PROTECTION]
    async with at_desk(net, PROTECTION) as lead, AsyncExitStack() as house:
        await assessed(lead, case)
        await lead.does(case, f"{case}/collaborators", unit=POLICE, asked_for=["visit"], due_at=LATER)
        for unit in units:
            if unit != POLICE:
                ask = {"unit": unit, "asked_for": ["visit"], "due_at": ahead(3)}
                await net.did(f"/v1{case}/collaborators", ask, PROTECTION)
            await (await house.enter_async_context(at_desk(net, unit))).does(case, f"{case}/joins")
        await lead.does(case, f"{case}/tasks", unit=PROTECTION, what="visit", person="a colleague")
        agreed = {"goals": ["child_safe"], "unit": POLICE, "what": "personal_safety", "due_at": LATER}
        await lead.does(case, f"{case}/plans", **agreed)

        workers = len(units) + 2
        async with at_desk(net, POLICE) as police:
            for page in (await lead.opens(case), await police.opens(case)):
                assert f'Workers in this family: <b class="num">{workers}</b>' in page.text
                assert words.of("child_safe").en in page.part("plan")
                assert page.part("hands").count(words.of("part.joined").en) == len(units)
                assert page.text.count(words.of(PROTECTION).en) > 0, "one leads, and everybody sees who"
        print({"workers in this family": workers})

        page = await lead.does(case, f"{case}/closings", reason="goals_met", return_plan=PLAN)
        assert page.status == 409
        unheard = words.of("missing.collaborator_not_heard").en
        assert page.part("problem").count(unheard) == len(units), "nobody closes over the heads of those who serve"


async def test_two_counties_and_a_charity_who_each_thought_another_was_watching(net: Stage) -> None:
    """The child moved: the county, the next county and a charity each thought that another was watching."""
    case = await reported(net)
    desks = (at_desk(net, each) for each in (PROTECTION, "supervisor", "head_of_tainan"))
    async with AsyncExitStack() as house:
        here, head, there = [await house.enter_async_context(desk) for desk in desks]
        await assessed(here, case)
        seen = {"kind": "visit", "source": "family", "text": "1 Lane, Minxiong", "seen": ["person:child"]}
        await here.does(case, f"{case}/contacts", at=clock(1), **seen)

        # "A charity sees them", "they have moved": nobody else has said so, so the case stays where it is.
        for reason in ("served_elsewhere", "moved"):
            page = await here.does(case, f"{case}/closings", reason=reason, return_plan=PLAN)
            assert (page.status, told(page)) == (409, missing("acknowledgement_missing"))
            assert await state(net, case) == "opened"

        # The next county has a report of the same child: from that moment each of the two knows of the other.
        await net.decide(decided("t1", family=["a"], people=FAMILY, county="tainan-city", unit=TAINAN))
        theirs = f"/cases/{(await net.case_of('t1', 'tainan'))['case_id']}"
        for who, mine, other in ((here, case, theirs), (there, theirs, case)):
            page = await who.opens(mine)
            assert words.of("related_case").en in page.text and other in page.text
            assert (await who.opens(other)).status == 404, "that there is one is known, not what is in it"

        # It is handed on once somebody over there has taken it by name; who confirmed it stands beside the closing.
        assert (await here.opens("/today")).status == 200
        await there.does(theirs, f"{theirs}/acceptances")
        confirmed = {"acknowledged_by": TAINAN, "acknowledged_at": clock(0.01)}
        page = await here.does(case, f"{case}/closings", reason="moved", return_plan=PLAN, **confirmed)
        assert page.status == 200, told(page)
        proof = f"{words.of(TAINAN).en} <time"
        assert proof in (await head.opens(case)).part("closing"), "the evidence is there for who approves"
        await head.does(case, f"{case}/closing-approvals")
        assert await state(net, case) == "closed"
        page = await there.opens(theirs)
        assert "臺南" in page.text, "one worker answers, by name"
