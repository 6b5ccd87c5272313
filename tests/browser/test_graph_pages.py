"""The family graph in real Chromium: three pictures, the list beside them, links answered by a person."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from contracts.decisions import PersonKey
from playwright.async_api import Browser, expect
from pytest_asyncio import fixture

from tests.browser.looking import PHONE
from tests.browser.network_place import Desk, desk, looked_at
from tests.browser.office import visited
from tests.integration.network_stage import CENTRE, PROTECTION, decided
from tests.parts import Parts, Sweeper, env_of

pytestmark = [pytest.mark.real, pytest.mark.browser]


def person(key: str, role: str, relation: str | None, year: int, sex: str, home: str | None = "ad:1") -> PersonKey:
    return PersonKey(key=key, role=role, relation=relation, birth_year=year, sex=sex, home=home)  # type: ignore[arg-type]


FAMILY = (
    person("id:girl", "subject", None, 2015, "female"), person("id:boy", "household_member", "sibling", 2018, "male"),
    person("id:mum", "household_member", "parent", 1984, "female"),
    person("id:dad", "alleged_perpetrator", "parent", 1980, "male", None),
    person("id:gran", "caregiver", "grandparent", 1955, "female"),
)  # fmt: skip
BROTHERS = (
    person("id:uncle", "subject", None, 1978, "male", "ad:2"),
    person("id:dad", "household_member", "sibling", 1980, "male", "ad:2"),
)


@fixture(scope="module", loop_scope="session")
async def served(parts: Parts, sweeper: Sweeper, browser: Browser) -> AsyncIterator[Desk]:
    with sweeper.names() as names:
        async with desk(env_of(parts, names), browser) as found:
            await _a_father_under_his_brothers_case(found)
            yield found


@fixture(loop_scope="session")
async def there(served: Desk) -> AsyncIterator[Desk]:
    async with visited(served) as opened:
        yield opened


async def _a_father_under_his_brothers_case(at: Desk) -> None:
    net = at.net
    await net.decide(decided("r1", family=["a"], people=FAMILY))
    await net.decide(decided("r2", "welfare_centre", family=["b"], people=BROTHERS))
    for report, unit in (("r1", PROTECTION), ("r2", CENTRE)):
        id = str((await net.case_of(report))["case_id"])
        await net.did(f"/v1/cases/{id}/acceptances", {"report_id": report, "accepted_by": f"社工 {unit}"}, unit)
        at.told[report] = id
    kin = f"/v1/cases/{at.told['r1']}/kin"
    second = await net.did(kin, {"kind": "person", "how": "partner", "sex": "female", "birth_year": 1990}, PROTECTION)
    half = await net.did(kin, {"kind": "person", "how": "sibling", "sex": "male", "birth_year": 2022}, PROTECTION)
    for body in (
        {"kind": "partners", "one": "id:dad", "other": "id:mum", "how": "divorced"},
        {"kind": "partners", "one": "id:dad", "other": second["one"], "how": "cohabiting"},
        {"kind": "parent", "one": "id:dad", "other": half["one"], "how": "birth"},
        {"kind": "parent", "one": second["one"], "other": half["one"], "how": "birth"},
        {"kind": "bond", "one": "id:dad", "other": "id:mum", "how": "violence"},
    ):
        await net.did(kin, body, PROTECTION)


@pytest.mark.parametrize(("lang", "screen"), [("zh", {"width": 1280, "height": 900}), ("en", PHONE)], ids=["zh", "en"])
async def test_everybody_can_read_the_family_graph(there: Desk, axe: str, lang: str, screen: dict[str, int]) -> None:
    found = dict[str, list[tuple[Any, ...]]]()
    page = await there.visitor("supervisor", viewport=screen)
    for view in ("genogram", "ecomap", "net"):
        await page.goto(f"{there.url}/cases/{there.told['r1']}/graph?view={view}&depth=2&lang={lang}")
        await expect(page.locator(".drawn svg")).to_be_visible()
        found[view] = await looked_at(page, axe, f"graph-{view}", lang=lang)
    assert {name: bad for name, bad in found.items() if bad} == {}


async def test_a_link_is_answered_where_its_reason_stands_and_the_answer_is_taken_back(there: Desk) -> None:
    page = await there.visitor("supervisor", viewport={"width": 1280, "height": 900})
    await page.goto(f"{there.url}/cases/{there.told['r1']}/graph?view=net&lang=en")
    links = page.locator("#links li")
    await expect(links).to_have_count(1)
    await expect(links).to_contain_text("A parent who is not at home is known in another case")
    await links.locator("button[value=new_to_me]").click()
    await expect(links.locator("b").nth(1)).to_have_text("New to me")
    await links.locator("[name=reason]").fill("the wrong row")
    await links.get_by_role("button", name="Take back").click()
    await expect(links.locator("button[value=known]")).to_be_visible()


async def test_the_picture_is_copied_and_its_file_names_nobody(there: Desk) -> None:
    page = await there.visitor("supervisor", viewport={"width": 1280, "height": 900})
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.goto(f"{there.url}/cases/{there.told['r1']}/graph?lang=en")
    await page.locator("#copy").click()
    await expect(page.locator("#copied")).to_have_text("Copied.")
    kinds = await page.evaluate("async () => (await navigator.clipboard.read())[0].types")
    assert kinds == ["image/png"]
    answer = await page.context.request.get(f"{there.url}/cases/{there.told['r1']}/genogram.svg")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert f'filename="genogram-{there.told["r1"][:8]}.svg"' in answer.headers["content-disposition"]
