"""The desk of intake: a chief's call, a shop's code, and who may; on a real MongoDB."""

from datetime import UTC, datetime, timedelta
from itertools import product

import httpx
import pytest
from contracts.roles import ROLES, May, who
from fastapi.routing import APIRoute
from intake.desk import api as desk_api
from intake.handlers import Feedback
from intake.store import Reports

from tests.integration.intake_desk import CALLED, CENTRE, SHOP, TAKEN, at_desk, call, send
from tests.integration.intake_feedback import COUNTY, assessed, decided, received
from tests.integration.intake_running import tells_nobody
from tests.integration.signing_in import hidden
from tests.passwords import PASSWORD

pytestmark = pytest.mark.real


async def test_a_chief_calls_at_ten_past_nine_and_hears_that_the_centre_serves_the_family(
    settings_env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_api, "now", lambda: TAKEN.astimezone(UTC))
    async with at_desk(settings_env) as intake:
        answer = await send(intake, "/v1/calls", call(), "minxiong")
        assert answer.status_code == 202, answer.text
        receipt = answer.json()
        assert datetime.fromisoformat(receipt["received_at"]) == TAKEN
        [stored] = await intake.stored()
        assert (stored["source_unit"], stored["written_by"]) == ("civil_affairs", CENTRE)
        told_by = {"office": "village_chief", "township": "民雄鄉", "told_at": CALLED}
        assert stored["report"]["told_by"] == told_by
        assert not [each for each in ("東榮村", "陳里長", "林小美", "三天") if each in repr(stored)]
        figures = (await send(intake, f"/v1/statistics/chiefs?county={COUNTY}&from=2026-11-01&to=2026-11-30", None,
                              "liaison", "GET")).json()  # fmt: skip
        assert (figures["civil_affairs"], figures["written_by"], figures["by_chiefs"]) == (1, {CENTRE: 1}, 1)
        assert [(each["of"], each["share"]) for each in figures["townships"]] == [("民雄鄉", 1.0)]
        silent = figures["silent"]["民雄鄉"]
        assert "東榮村" not in silent and "中樂村" in silent, "one village told, the others did not"

        monkeypatch.setattr("intake.desk.pages.now", lambda: TAKEN.astimezone(UTC))
        path = receipt["told_link"].removeprefix("http://intake")
        assert "Taken, being looked at" in (await intake.http.get(f"{path}?lang=en")).text
        feedback = Feedback(Reports(intake.database, tells_nobody), lambda _: None, tells_nobody)
        day3 = TAKEN + timedelta(days=3)
        sent = decided(receipt["report_id"], "welfare_centre", unit=CENTRE)  # type: ignore[arg-type]
        opened = assessed(receipt["report_id"]).model_copy(update={"unit": CENTRE, "assessed_at": day3})
        await feedback.on_events(received(sent.model_copy(update={"decided_at": TAKEN}), opened))
        page = await intake.http.get(f"{path}?lang=zh")
        assert "已由社福中心服務" in page.text and page.headers["referrer-policy"] == "no-referrer"
        assert not [each for each in ("林小美", "東榮村", "minxiong", receipt["serial"]) if each in page.text]
        assert (await intake.http.get("/told/a-strangers")).status_code == 404


async def test_a_call_says_who_telephoned_and_is_of_the_writers_own_county(settings_env: dict[str, str]) -> None:
    async with at_desk(settings_env) as intake:
        silent = await send(intake, "/v1/calls", call(told_by=None), "minxiong")
        assert silent.status_code == 422 and silent.json()["errors"][0]["at"] == "/told_by"
        office = await send(intake, "/v1/calls", call(told_by={"office": "mayor"}), "minxiong")
        assert office.status_code == 422
        assert (await send(intake, "/v1/calls", call(county="tainan-city"), "minxiong")).status_code == 403
        assert (await send(intake, "/v1/calls", call(), "tainan")).status_code == 403
        assert await intake.stored() == []
        window = await send(intake, "/v1/calls", call(), "officer")
        assert window.status_code == 202 and (await intake.stored())[0]["written_by"] == f"{COUNTY}/window"


async def test_a_shops_code_reports_ten_times_an_hour_and_a_revoked_or_strange_one_never(
    settings_env: dict[str, str],
) -> None:
    async with at_desk(settings_env) as intake:
        made = (await send(intake, "/v1/partners", SHOP, "keeper")).json()
        code = made["link"].partition("#code=")[2]
        assert made["link"].startswith("http://intake/form#") and code not in repr(
            await intake.database["partners"].find_one()
        )
        report = call()
        del report["told_by"]
        keyed = {"authorization": f"Bearer {code}", "idempotency-key": "k1"}
        first = [await intake.http.post("/v1/reports", json=report, headers=keyed) for _ in range(3)]
        assert [each.status_code for each in first] == [202] * 3, "the same again"
        answers = [first[0], *[await send(intake, "/v1/reports", report, code) for _ in range(10)]]
        again = await intake.http.post("/v1/reports", json=report, headers=keyed)
        assert again.json() == first[0].json(), "what was accepted is told so again, however many came since"
        assert [each.status_code for each in answers] == [202] * 10 + [429]
        assert int(answers[-1].headers["retry-after"]) > 3500 and "110" in answers[-1].text
        assert {each["source_unit"] for each in await intake.stored()} == {"other"}
        [known] = (await send(intake, "/v1/partners", None, "keeper", "GET")).json()["partners"]
        assert (known["reports"], known["name"], known["link"]) == (10, "民雄早餐店", None)

        # An hour later there is room again.
        earlier = {"$map": {"input": "$at", "in": {"$subtract": ["$$this", 3_600_000]}}}
        await intake.database["partner_uses"].update_many({}, [{"$set": {"at": earlier}}])
        assert (await send(intake, "/v1/reports", report, code)).status_code == 202
        own = f"/v1/reports/{answers[0].json()['report_id']}"
        assert (await send(intake, own, None, code, "GET")).status_code == 403, "a code writes, and reads nothing"
        amended = await send(intake, own, {"reason": "?", "event": {"narrative": "?"}}, code, "PATCH")
        assert amended.status_code == 403, "nor what became of a report, by way of amending it"
        for path in ("days", "gaps", "teaching"):
            assert (await send(intake, f"/v1/agencies/me/{path}", None, code, "GET")).status_code == 403, path
        assert (await send(intake, "/v1/agencies/me", None, code, "GET")).status_code == 200
        assert (await send(intake, "/v1/reports", report | {"county": "tainan-city"}, code)).status_code == 403

        path = f"/v1/partners/{made['partner_id']}"
        thanked = await send(intake, f"{path}/thanks", {"how": "gift"}, "keeper")
        assert [(each["how"], each["by"]) for each in thanked.json()["thanked"]] == [("gift", "keeper")]
        assert (await send(intake, f"{path}/thanks", {"how": "money"}, "keeper")).status_code == 422
        assert (await send(intake, f"{path}/revocation", {}, "keeper")).json()["revoked_at"]
        revoked = await send(intake, "/v1/reports", report, code)
        assert revoked.status_code == 403 and "suspended" in revoked.json()["detail"]
        strange = await send(intake, "/v1/reports", report, "a-strangers-code")
        assert strange.status_code == 401 and "unknown" in strange.json()["detail"]
        renewed = (await send(intake, f"{path}/code", {}, "keeper")).json()["link"].partition("#code=")[2]
        assert (await send(intake, "/v1/reports", report, renewed)).status_code == 202
        assert (await send(intake, "/v1/reports", report, code)).status_code == 401


async def test_a_partner_is_made_once_and_thanked_once_however_often_it_is_sent(settings_env: dict[str, str]) -> None:
    async with at_desk(settings_env) as intake:
        keyed = {"authorization": "Bearer keeper", "idempotency-key": "k1", "accept-language": "en"}
        made, again, other = [
            await intake.http.post("/v1/partners", json=SHOP | more, headers=keyed | by)
            for more, by in (({}, {}), ({}, {}), ({"name": "廟口"}, {"idempotency-key": "k2"}))
        ]
        assert (made.status_code, again.status_code, other.status_code) == (201, 409, 201)
        assert "new code" in again.json()["detail"], "the sheet that hangs there goes on"
        path = f"/v1/partners/{made.json()['partner_id']}/thanks"
        told = [await intake.http.post(path, json={"how": "gift"}, headers=keyed) for _ in range(2)]
        assert [len(each.json()["thanked"]) for each in told] == [1, 1]
        assert len((await send(intake, path, {"how": "visit"}, "keeper")).json()["thanked"]) == 2


ROUTES = {
    ("POST", "/v1/calls"): (May.WORK, call(), 403), ("GET", "/v1/partners"): (May.KEEP, None, 200),
    ("GET", "/v1/statistics/chiefs"): (May.SENDERS, None, 403),
    ("POST", "/v1/partners"): (May.KEEP, SHOP, 403),
    ("POST", "/v1/partners/{partner_id}/code"): (May.KEEP, {}, 404),
    ("POST", "/v1/partners/{partner_id}/revocation"): (May.KEEP, {}, 404),
    ("POST", "/v1/partners/{partner_id}/thanks"): (May.KEEP, {"how": "letter"}, 404),
}  # fmt: skip
"""Each route of the desk, who may, what it is asked, and what another county's supervisor is answered."""
PAGES = {"/desk/calls": May.WORK, "/desk/chiefs": May.SENDERS, "/desk/partners": May.KEEP}


async def test_every_route_of_the_desk_by_every_role_and_county(settings_env: dict[str, str]) -> None:
    known = {(method, route.path) for route in desk_api.router.routes if isinstance(route, APIRoute)
             for method in route.methods or ()}  # fmt: skip
    assert known == ROUTES.keys(), "a new route: say whom it serves"
    async with at_desk(settings_env) as intake:
        partner = (await send(intake, "/v1/partners", SHOP, "keeper")).json()["partner_id"]
        for ((method, path), (may, body, elsewhere)), role in product(ROUTES.items(), [*ROLES, "tainan", "nobody"]):
            asked = path.replace("{partner_id}", partner)
            query = f"?county={COUNTY}" if "statistics" in path else ""
            status = (await send(intake, asked + query, body, role, method)).status_code
            expected = {"tainan": elsewhere, "nobody": 401}.get(role)
            if expected:
                assert status == expected, (path, role)
            else:
                assert (status < 300) == (role in who(may)) and status != 500, (path, role, status)
        assert (await send(intake, "/v1/partners", None, "tainan", "GET")).json()["partners"] == []


async def test_at_the_pages_a_worker_writes_a_call_down_and_a_keeper_prints_a_code(
    settings_env: dict[str, str],
) -> None:
    async with at_desk(settings_env) as intake:
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=intake.app), base_url="http://intake", follow_redirects=True
        )
        async with http:
            assert (await http.get("/desk/calls", headers={"accept": "text/html"})).status_code == 401
            await sign_in(http, "minxiong_1")
            page = await http.get("/desk/calls?lang=en")
            fields = {
                "csrf": hidden(page.text)["csrf"], "key": "k1", "office": "village_chief", "told_township": "民雄鄉",
                "told_village": "東榮村", "told_at": "2026-11-24T09:10", "county": COUNTY, "township": "民雄鄉",
                "case_type": "consultation_adult", "subject_name": "林小美", "narrative": "三天未出門",
            }  # fmt: skip
            wrong = await http.post("/desk/calls", data=fields | {"narrative": ""}, headers=HEADERS)
            assert wrong.status_code == 422 and "林小美" in wrong.text, "what was typed stays"
            told = await http.post("/desk/calls", data=fields, headers=HEADERS)
            assert told.status_code == 200 and "/told/" in told.text and "<svg" in told.text
            await http.post("/desk/calls", data=fields, headers=HEADERS)
            assert len(await intake.stored()) == 1, "sent twice it is one"
            assert (await http.get("/desk/partners")).status_code == 403
            for username, may in product(("keeper", "supervisor", "analyst", "partner"), PAGES):
                http.cookies.clear()
                entered = await sign_in(http, username)
                status = (await http.get(may, headers={"accept": "text/html"})).status_code
                allowed = username in who(PAGES[may])
                assert status == (200 if allowed and entered else 403 if entered else 401), (username, may)
            http.cookies.clear()
            await sign_in(http, "keeper")
            page = await http.get("/desk/partners?lang=en")
            csrf = {"csrf": hidden(page.text)["csrf"]}
            sheet = await http.post("/desk/partners", data=SHOP | csrf, headers=HEADERS)
            assert "<svg" in sheet.text and "/form#code=" in sheet.text and "民雄早餐店" in sheet.text
            assert "民雄早餐店" in (await http.get("/desk/partners")).text


async def test_who_covers_every_county_has_them_to_choose_from(settings_env: dict[str, str]) -> None:
    async with at_desk(settings_env) as intake:
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=intake.app), base_url="http://intake", follow_redirects=True
        )
        async with http:
            await sign_in(http, "everywhere")
            for path in ("/desk/calls", "/desk/partners"):
                page = (await http.get(path)).text
                assert page.count("<option value=") > 20 and f'value="{COUNTY}"' in page, path
            first = (await http.get("/desk/chiefs?lang=en")).text
            assert "Chiayi County</h1>" in first and "?county=tainan-city" in first
            assert "Tainan City</h1>" in (await http.get("/desk/chiefs?county=tainan-city")).text


HEADERS = {"sec-fetch-site": "same-origin", "origin": "http://intake"}


async def sign_in(http: httpx.AsyncClient, username: str) -> bool:
    answer = await http.post("/sign-in", data={"username": username, "password": PASSWORD}, headers=HEADERS)
    return answer.status_code == 200 or answer.url.path.startswith("/desk")
