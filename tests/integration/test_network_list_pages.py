"""A list entered by keyboard, a file of deposits, the lists of court and police: at the pages, without a script."""

import csv
import io
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from html import unescape

import pytest
from rules.spans import TAIPEI

from tests.integration.network_desk import Page, Person, at_desk, clock
from tests.integration.network_life import ago
from tests.integration.network_stage import COUNTY, LABOUR, Stage, stage

pytestmark = pytest.mark.real


@pytest.fixture
async def net(settings_env: dict[str, str]) -> AsyncIterator[Stage]:
    async with stage(settings_env) as found:
        yield found


async def begun(net: Stage, programme: str, *people: str, **facts: str) -> list[str]:
    enrol = {"programme": programme, "county": COUNTY, "entered_by": "roster", "at": ago(40), "facts": facts}
    rows = [{"enrol": enrol | {"person": who}} for who in people]
    told = await net.did("/v1/enrolments/entries", {"entries": rows}, "supervisor")
    assert told["taken"] == len(people), told
    return [each["enrolment_id"] for each in told["entries"]]


async def test_a_list_is_entered_row_by_row_and_a_wrong_row_stops_no_other(net: Stage) -> None:
    one, two, three = await begun(net, "school_dropout", "a", "b", "c")
    async with at_desk(net, "supervisor") as desk:
        page = f"/programmes/school_dropout/entries?county={COUNTY}"
        typed = {f"act.{one}": "answer.returned", f"act.{two}": "answer.returned", f"at.{two}": clock(90)}
        after = await desk.does(page, "/programmes/school_dropout/entries", at=clock(1), **typed)
        assert "1 rows were not recorded" in after.text and "1 rows recorded" in after.text
        found = {id: (await net.get(f"/v1/enrolments/{id}", "supervisor")).json() for id in (one, two, three)}
        assert [len(found[id]["history"]) for id in (one, two, three)] == [2, 1, 1]
        row = after.text.partition(f'name="act.{two}"')[2].partition("</tr>")[0]
        assert 'value="answer.returned" selected' in row, "what was typed stays to be corrected"
        done = await desk.does(
            page, "/programmes/school_dropout/entries", at=clock(1), **{f"act.{two}": "answer.returned"}
        )
        assert "1 rows recorded" in done.text and done.path == "/programmes/school_dropout/entries"


async def test_every_row_of_a_long_list_is_reached_and_each_that_is_refused_is_named_with_why(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("network.programmes.list_pages.MOST", 2)
    ids = await begun(net, "school_dropout", *"abcde")
    act = "/programmes/school_dropout/entries"
    async with at_desk(net, "supervisor") as desk:
        reached, page = list[str](), f"{act}?county={COUNTY}"
        while page:
            shown = await desk.opens(page)
            [form] = shown.forms(act)
            there = [each.value for each in form.fields if each.name == "id"]
            assert there and not {*there} & {*reached}
            reached, last = [*reached, *there], page
            page = unescape(shown.text.partition('rel="next" href="')[2].partition('"')[0])
        assert sorted(reached) == sorted(ids) and "5 are in it now" in shown.text
        last_one = reached[-1]
        typed = {f"act.{last_one}": "answer.returned", f"at.{last_one}": clock(90), f"away.{last_one}": "yes"}
        wrong = await desk.does(last, act, at=clock(1), **typed)
        named = wrong.part("problem")
        assert f'href="#row-{last_one}"' in named and "before this stage began" in named, named
        row = wrong.part(f"row-{last_one}").partition("</tr>")[0]
        assert 'value="answer.returned" selected' in row and " checked" in row, "what was typed stays"
        [form] = wrong.forms(act)
        fields = dict(form.filled({f"act.{last_one}": "answer.returned", f"at.{last_one}": clock(1)}))
        answer = await desk.http.post(act, data=fields | {"id": "nobody", "act.nobody": "answer.returned"},
                                      headers={"sec-fetch-site": "same-origin"})  # fmt: skip
        assert answer.status_code == 404 and "nobody" in Page(404, act, answer.text).part("problem")
        done = await desk.does(last, act, **{f"act.{last_one}": "answer.returned", "at": clock(1)})
        assert "1 rows recorded" in done.text and "First page" in done.text, "whoever records goes on where they were"


async def test_a_programmes_list_is_taken_away_as_a_file_with_a_look_and_without_a_formula(
    net: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    enrol = {"programme": "school_dropout", "county": COUNTY, "entered_by": "roster", "at": ago(40), "person": "p"}
    begun = await net.did("/v1/enrolments", enrol | {"worker": "=1+1"}, "supervisor")
    async with at_desk(net, "supervisor") as desk:
        page = (await desk.opens(f"/programmes/school_dropout?county={COUNTY}")).text
        path = f"/programmes/school_dropout/export?county={COUNTY}&stage="
        assert f'{path}&format=xlsx"' in unescape(page)
        file = await desk.http.get(f"{path}&format=csv")
        head, line = csv.reader(io.StringIO(file.content.decode("utf-8-sig")))
        assert dict(zip(head, line, strict=True))["Worker"] == "'=1+1" and line[0] == begun["enrolment_id"]
        assert line[-1] == "Overdue" and "attachment" in file.headers["content-disposition"]
        assert (await desk.http.get(f"{path}&format=xlsx")).content.startswith(b"PK")
        looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
        assert [(each["what"], each["contact_id"], each["cases"]) for each in looks] == [
            ("programme", "school_dropout", 1)
        ] * 2
        assert "Exported a list of 1 enrolment" in (await desk.opens("/looks")).text
        for name in ("EXPORTED", "AT_ONCE"):
            monkeypatch.setattr(f"network.programmes.list_pages.{name}", 1)
        assert "Only the first" not in (await desk.http.get(f"{path}&format=csv")).text
        await net.did("/v1/enrolments", enrol | {"person": "q"}, "supervisor")
        cut = (await desk.http.get(f"{path}&format=csv")).text.splitlines()
        assert len(cut) == 3 and "Only the first 1" in cut[2]
    async with at_desk(net, LABOUR) as other:
        theirs = (await other.http.get(f"{path}&format=csv")).content.decode("utf-8-sig")
        assert len(theirs.splitlines()) == 1, "what is not theirs is in no file of theirs"


async def sent(desk: Person, path: str, act: str, **files: str) -> Page:
    """The page after files were chosen in a form and sent."""
    form = next(each for each in (await desk.opens(path)).forms(act))
    fields = {each.name: each.value for each in form.fields if each.kind == "hidden"}
    chosen = {name: (f"{name}.csv", text.encode(), "text/csv") for name, text in files.items()}
    answer = await desk.http.post(act, data=fields, files=chosen, headers={"sec-fetch-site": "same-origin"})
    return Page(answer.status_code, answer.url.path, answer.text)


async def test_deposits_of_a_file_and_lists_of_two_others_are_named_row_by_row(net: Stage) -> None:
    keys = net.app.state.people.keys
    who = [str(keys(f"王小明{number}", datetime(2010, 1, 1).date(), None)[0]) for number in range(3)]
    ours = await begun(net, "court_double_track", *who, on_list_of="both")
    path, act = f"/programmes/court_double_track/files?county={COUNTY}", "/programmes/court_double_track/comparisons"
    rows = {number: f"K-{number},王小明{number},2010-01-01" for number in range(4)}
    court = "\n".join(["案號,姓名,出生日期", rows[0], rows[1], rows[3]])
    police = "\n".join(["案號,姓名,出生日期", rows[0]])
    async with at_desk(net, "supervisor") as desk:
        found = (await sent(desk, path, act, court=court, police=police)).part("compared")
        assert "K-3" in found.partition("not in this programme")[2].partition("</tr>")[0]
        assert ours[2] in found.partition("not on the court")[2].partition("</tr>")[0]
        lacks = found.partition("not on the police")[2].partition("</tr>")[0]
        assert ours[1] in lacks and ours[2] in lacks and ours[0] not in lacks
        looks = (await net.get("/v1/looks", "supervisor")).json()["looks"]
        asked = [each["contact_id"] for each in looks if each["what"] == "search"]
        assert sorted(asked) == sorted(["", ours[0], ours[1]]), "each person who was held beside ours is a look"
        shown = (await desk.opens("/looks")).text
        assert f'href="/enrolments/{ours[0]}"' in shown and "no case shown" in shown

        path, act = f"/programmes/development_account/files?county={COUNTY}", "/programmes/development_account/files"
        [it] = await begun(net, "development_account", who[0])
        await net.did(f"/v1/enrolments/{it}/answers", {"answer": "opened", "at": ago(39)}, "supervisor")
        day = (datetime.now(TAIPEI) - timedelta(days=3)).date()
        text = f"姓名,出生日期,日期,金額,序號\n王小明0,99/01/01,{day},500,b-1\n王小明9,99/01/01,{day},500,b-2\n"
        told = (await sent(desk, path, act, file=text)).part("rows")
        assert "2 rows: 1 recorded, 0 known before, 1 not recorded" in told and "Row 3" in told
        told = (await sent(desk, path, act, file=text)).part("rows")
        assert "2 rows: 0 recorded, 1 known before, 1 not recorded" in told
        broken = await sent(desk, path, act, file="no such\nfile,\n")
        assert broken.status == 422 and "The first row must name the columns" in broken.text
