"""Pages of households on lists: found by what is owed, answered on a form, with what stands in the way; looked at."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit.sealed import KeyVault
from playwright.async_api import Browser

from tests.browser.looking import by_day_and_night, fits
from tests.integration.network_desk import at_desk, clock
from tests.integration.network_rosters import came, households, listed, screened
from tests.integration.network_seat import seated
from tests.integration.network_stage import CENTRE, COUNTY, POLICE, Stage, stage

pytestmark = pytest.mark.real
WINDOW = f"{COUNTY}/window"
WEIGHS = ("disabled_members",)


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as running:
        yield running


async def test_a_household_is_found_answered_and_owed_on_pages_alone(net: Stage, vault: KeyVault) -> None:
    key = vault.new_key("e1", "roster")
    await vault.keep([key])
    who: dict[str, Any] = {"name": "林小美", "address": "民雄鄉東榮路 1 號", "phones": ["0912345678"]}
    await came(
        net, listed("e1", "id:1", roster="under_six", sealed={"roster": key.seal(who)}, entry={"indicators": WEIGHS}),
        listed("e2", "id:1", sealed={"roster": key.seal(who)}), listed("e3", "id:3"),
    )  # fmt: skip
    [household] = [each for each in await households(net) if len(each["rows"]) == 2]
    path = f"/households/{household['household_id']}"
    async with at_desk(net, CENTRE) as worker:
        owed = await worker.opens("/today")
        assert path in owed.text and "Visit a household on a list" in owed.text
        found = await worker.opens("/households?state=overdue&roster=under_six")
        assert path in found.text and "3 = 0 + 0 + 0" in " ".join(found.text.split())
        seen = await worker.does(path, f"{path}/looks")
        assert seen.text.count("林小美") == 1, "two lists name one person"
        chinese = (await worker.opens(f"{path}?lang=zh")).text
        assert "disabled members" in seen.text and "家中二人以上身心障礙" in chinese and "嘉義縣 2023 年簡報" in chinese
        await worker.opens(f"{path}?lang=en")
        assert "林小美" not in (await worker.opens(path)).text
        stuck = await worker.does(path, f"{path}/screening", result="no_need")
        assert stuck.status == 422 and "children" in stuck.text
        lost = await worker.does(path, f"{path}/screening", result="not_found", next_step="ask_school", note="搬走了")
        assert lost.status == 200 and "Ask the school" in lost.text and "搬走了" not in lost.text
        assert "Find a household on a list" in (await worker.opens("/today")).text
        assert "搬走了" in (await worker.does(path, f"{path}/looks")).text, "what was written is shown to who asks"
        met = {"met_at": clock(1), "reached": "yes", "chief": "came", "stress_score": "11"}
        done = await worker.does(path, f"{path}/screening", result="informed", **met)
        assert "Informed and followed" in done.text and "The chief came" in done.text
        assert done.text.count("Not answered yet") == 0
    async with at_desk(net, POLICE) as other:
        assert (await other.opens(path)).status == 404
    async with at_desk(net, "supervisor") as head:
        [open_one] = [each for each in await households(net) if each["state"] == "overdue"]
        path = f"/households/{open_one['household_id']}"
        given = await head.does(path, f"{path}/assignment", unit=CENTRE, person="林訪視")
        assert "林訪視" in given.text
        assert open_one["household_id"][:8] in (await head.opens("/friday")).text, "a supervisor has it by name"
        leaver = f"/caseloads?unit={CENTRE}&person=林訪視"
        assert path in (await head.opens(leaver)).text, "an account does not end while somebody owes a visit"
        handed = await head.does(leaver, "/caseloads", to_person="陳訪視", reason="leaves")
        assert "owns nothing" in handed.text and path in handed.text and "陳訪視" in handed.text
        assert f"/households/{household['household_id']}" in (await head.opens("/looks")).text, "and who looked at what"


async def test_who_visited_a_family_that_is_another_units_now_reads_whose_it_is(net: Stage) -> None:
    later = {"received_at": "2023-03-01T00:00:00Z"}
    await came(net, listed("e1", "id:1"), listed("e2", "id:2", roster="psychiatric_care", **later))
    [theirs] = await households(net, unit=f"{COUNTY}/health")
    await came(net, listed("both", "id:1", "id:2", **later))
    path = f"/households/{theirs['household_id']}"
    whole = f'href="/households/{(await net.get(f"/v1{path}", "supervisor")).json()["within"]}"'
    async with at_desk(net, f"{COUNTY}/health") as worker:
        page = await worker.opens(path)
        assert page.status == 200 and "Part of" in page.text and whole not in page.text, "no link that leads nowhere"
    async with at_desk(net, "supervisor") as head:
        assert whole in (await head.opens(path)).text


async def test_sheets_are_made_in_one_act_told_and_answered_on_pages_alone(net: Stage) -> None:
    await came(net, *[listed(str(n), f"id:{n}", entry={"village": f"村{n}"}) for n in range(2)], listed("no village"))
    for each in await households(net):
        await screened(net, each, "no_need")
    async with at_desk(net, f"{COUNTY}/civil_affairs") as civil:
        assert "No sheets yet" in (await civil.opens("/village-sheets")).text
    async with at_desk(net, "supervisor") as head:
        made = await head.does("/village-sheets", "/village-sheets")
        assert made.text.count("To be told") == 2 and "on no sheet" in made.text
    [one, _] = (await net.get("/v1/village-sheets")).json()["sheets"]
    path = f"/village-sheets/{one['sheet_id']}"
    async with at_desk(net, f"{COUNTY}/civil_affairs") as civil:
        assert path in (await civil.opens("/today")).text
        # Whom chiefs call is the directory's: a change of person is one edit (item 30).
        for name in ("林窗口", "周窗口"):
            windows = [{"purpose": "village_chiefs", "name": name, "phone": "05-000-0001"}]
            office = {"county": COUNTY, "name": "單一窗口", "unit": WINDOW, "windows": windows}
            head_of = {"Authorization": "Bearer keeper"}
            assert (await net.http.put("/v1/directory/window", json=office, headers=head_of)).is_success
            assert f"{name} 05-000-0001" in (await civil.opens(path)).part("contact")
        assert (await civil.does(path, f"{path}/looks")).status == 200
        told = await civil.does(path, f"{path}/confirmation")
        assert "Told" in told.text
        said = await civil.does(path, f"{path}/answer", answer="will_visit")
        assert "Will visit" in said.text
    async with at_desk(net, POLICE) as other:
        assert (await other.opens(path)).status == 404


async def test_who_covers_every_county_begins_where_there_is_something(net: Stage) -> None:
    await came(net, listed("e1", "id:1"))
    async with at_desk(net, "everywhere") as head:
        assert "Chiayi County" in (await head.opens("/households")).text
        for path in ("/programmes", "/village-sheets", "/directory", "/linkings", "/warnings", "/figures/referrals"):
            assert (await head.opens(path)).status == 200, path
        new = await head.opens("/warnings?county=kaohsiung-city")
        assert "Kaohsiung City" in new.text and new.text.count('value="kaohsiung-city/') > 5, "units to write to"


@pytest.mark.browser
async def test_the_pages_fit_every_width_in_both_languages_and_are_open_to_everybody(
    settings_env: dict[str, str], browser: Browser, axe: str
) -> None:
    async with seated(settings_env, browser) as seat:
        net, page, url = seat.net, seat.page, seat.url
        rows = [listed(f"{roster}{n}", f"id:{n}", roster=roster, entry={"village": "東榮村"})
                for n in range(6) for roster in ("under_six", "psychiatric_care")]  # fmt: skip
        await came(net, *rows)
        first, second, third, *_ = await households(net)
        await screened(net, first, "not_found", next_step="ask_police")
        await screened(net, third, "no_need", visit={"at": "2023-02-20T02:00:00Z", "reached": True})
        made = await net.did("/v1/village-sheets", {"county": COUNTY})
        sheet = f"/village-sheets/{made['sheets'][0]['sheet_id']}"
        await screened(net, second, "informed", visit={"at": "2023-02-20T02:00:00Z", "reached": True, "chief": "came"})
        await seat.sign_in("supervisor")
        for width, lang in ((390, "zh"), (1920, "en")):
            await page.set_viewport_size({"width": width, "height": 900})
            for name, path in (("households", "/households"), ("household", f"/households/{first['household_id']}"),
                               ("sheets", "/village-sheets"), ("sheet", sheet)):  # fmt: skip
                await page.goto(f"{url}{path}?lang={lang}")
                assert await fits(page), (name, width)
                assert await by_day_and_night(page, axe, f"rosters-{lang}-{width}-{name}", whole=True) == [], name
