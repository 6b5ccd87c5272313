"""What pages of every service share: covered names, the language, times, headers, and nothing said twice over."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from dispatch.app import create_app
from dispatch.settings import Settings
from dispatch.site.door import HEADERS as BOARD
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse
from fastapi.testclient import TestClient
from intake import receipts
from intake.form import pages as form
from intake.ledger import pages as ledger
from network import frame
from starlette.exceptions import HTTPException
from web import pages, times
from web.covering import covered
from web.directions import settled
from web.door import moving_on
from web.headers import SCRIPT, headers
from web.language import language, remembering

SERVICES = Path(__file__).parents[2] / "services"
SOON = timedelta(hours=2)
AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "shown"),
    [("林小美", "林○○"), ("王五", "王○"), ("歐陽小美", "歐○○○"), ("林", "○"), ("𠮷田", "𠮷○"),
     ("Sari Ayu", "S○○○ A○○"), ("Nguyễn Thị Mai", "N○○○○○ T○○ M○○"), ("Mei-Ling  Chen", "M○○-L○○○  C○○○"),
     ("J. Lin", "○. L○○"), ("拉罕·高", "拉○·○"), ("X", "○"), (" 王五 ", "王○"),
     ("", "—"), ("  ", "—"), (None, "—")],
)  # fmt: skip
def test_of_each_part_of_a_name_at_most_the_first_sign_is_shown(name: str | None, shown: str) -> None:
    assert covered(name) == shown


@pytest.fixture
def page() -> TestClient:
    app = FastAPI()

    @app.get("/")
    async def show(request: Request) -> object:
        lang = language(request)
        return remembering(PlainTextResponse(lang), request, lang)

    return TestClient(app)


@pytest.mark.parametrize(
    ("query", "cookie", "accepts", "lang"),
    [("", "", "", "zh"), ("", "", "en-GB,en;q=0.9", "en"), ("", "", "zh-TW,en;q=0.5", "zh"), ("", "", "fr", "zh"),
     ("?lang=en", "", "zh-TW", "en"), ("?lang=zh", "en", "en", "zh"), ("", "en", "zh-TW", "en"), ("", "zh", "en", "zh"),
     ("?lang=xx", "en", "zh-TW", "en"), ("?lang=xx", "yy", "en", "en")],
)  # fmt: skip
def test_the_address_decides_the_language_then_the_cookie_then_the_browser(
    page: TestClient, query: str, cookie: str, accepts: str, lang: str
) -> None:
    sent = {"accept-language": accepts} | ({"cookie": f"lang={cookie}"} if cookie else {})
    assert page.get(f"/{query}", headers=sent).text == lang


def test_a_language_that_was_asked_for_is_kept_and_another_visit_sets_no_cookie(page: TestClient) -> None:
    assert "set-cookie" not in page.get("/", headers={"accept-language": "en"}).headers
    asked = page.get("/?lang=en", headers={"accept-language": "zh-TW"})
    assert (asked.headers["content-language"], asked.cookies["lang"]) == ("en", "en")
    assert page.get("/", headers={"accept-language": "zh-TW"}).text == "en"


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [(AT, "民國115年（2026年）11月22日 週日 20:00", "Sun, Nov 22, 2026 (ROC 115) 20:00"),
     (AT + timedelta(hours=4.5), "民國115年（2026年）11月23日 週一 00:30", "Mon, Nov 23, 2026 (ROC 115) 00:30")],
)  # fmt: skip
def test_a_moment_is_written_in_taipei_and_in_both_calendars(at: datetime, zh: str, en: str) -> None:
    assert (times.moment(at, "zh"), times.moment(at, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("hours", "zh", "en", "urgency"),
    [(-0.5, "逾 00:30", "00:30 over", "over"), (1.5, "剩 01:30", "01:30 left", "soon"),
     (30, "剩 30:00", "30:00 left", "calm"), (53, "剩 2日05時", "2d 05h left", "calm")],
)  # fmt: skip
def test_what_is_due_says_in_words_what_its_colour_says(hours: float, zh: str, en: str, urgency: str) -> None:
    due = AT + timedelta(hours=hours)
    assert (times.left(due, AT, "zh"), times.left(due, AT, "en"), times.urgency(due, AT, SOON)) == (zh, en, urgency)


def test_pages_of_every_service_carry_the_same_headers_and_differ_in_what_their_script_may_do() -> None:
    app = FastAPI()
    app.include_router(form.router)
    app.include_router(ledger.router)
    http, shown = TestClient(app), frame.pages({})

    @app.get("/network")
    async def sign_in(request: Request) -> object:
        return shown.sign_in(request, {"problem": None, "next": "/", "password": True, "provider": False}, 200)

    @app.get("/moving")
    async def moving() -> object:
        return moving_on("/")

    @app.get("/receipt")
    async def receipt() -> object:
        return HTMLResponse("", headers=receipts.HEADERS)

    @app.get("/board")
    async def board() -> object:
        return HTMLResponse("", headers=BOARD)

    expected = {name.lower(): value for name, value in headers().items()}
    policy = set(expected.pop("content-security-policy").split("; "))
    for path in ("/form", "/days", "/teaching", "/network", "/moving", "/receipt", "/board"):
        sent = http.get(path).headers
        assert {name: sent[name] for name in expected} == expected, path
        more = set(sent["content-security-policy"].split("; ")) ^ policy
        assert {each.split(" ")[0] for each in more} <= {"script-src", "connect-src", "form-action", "style-src",
                                                         "require-trusted-types-for"}, path  # fmt: skip


STYLES = [path for path in SERVICES.glob("*/*/**/*.css") if "vendor" not in path.parts]
BASE = SERVICES / "web" / "web" / "static" / "base.css"


def rules(path: Path) -> set[str]:
    """The rules of a style sheet, however they are laid out; those of media queries with them."""
    text = re.sub(r"/\*.*?\*/|@media[^{]*\{", "", path.read_text("utf-8"), flags=re.DOTALL)
    return {re.sub(r"\W+", " ", rule).strip() for rule in text.split("}") if rule.strip()}


@pytest.mark.parametrize("path", [path for path in STYLES if path != BASE], ids=lambda path: path.name)
def test_no_style_says_again_what_every_page_has(path: Path) -> None:
    assert rules(BASE)
    assert rules(path) & rules(BASE) == set()
    assert path.name == "tokens.css" or not re.search(r"^\s*--\w", path.read_text("utf-8"), re.MULTILINE)


def test_no_template_says_two_languages_side_by_side() -> None:
    templates = [path for path in SERVICES.glob("*/*/**/*.html") if "vendor" not in path.parts]
    assert len(templates) > 30
    assert [path.name for path in templates if re.search(r"both\(\"|\|\s*both\b", path.read_text("utf-8"))] == []


def test_a_page_is_sent_with_what_keeps_it_to_itself() -> None:
    sent = headers(*SCRIPT)
    policy = {each.partition(" ")[0]: each.partition(" ")[2] for each in sent["Content-Security-Policy"].split("; ")}
    assert {name: policy[name] for name in ("default-src", "base-uri", "frame-ancestors")} == dict.fromkeys(
        ("default-src", "base-uri", "frame-ancestors"), "'none'"
    )
    assert policy["script-src"] == "'self'"
    assert sent["Referrer-Policy"] == "same-origin"
    assert sent["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("林小美", "林小美"), ("\u202e美小林", "美小林"), ("a\u2066b\u2069c", "abc"),
        ("\u202a0912345678\u202c", "0912345678"),
        ("שלום", "\u2068שלום\u2069"), ("م\u2069\u202e", "\u2068م\u2069"), ("", ""),
    ],
)  # fmt: skip
def test_what_a_page_shows_turns_no_line_but_its_own(typed: str, shown: str) -> None:
    assert settled(typed) == shown


@pytest.mark.parametrize(
    "name", ["\u200b林小美", "\u202e林小美", "林\u200b小美", "\ufeff林小美\u2060", "\u2068林小美\u2069"]
)
def test_a_cover_begins_with_a_sign_that_is_seen(name: str) -> None:
    assert covered(name) == "林○○"


async def test_no_folder_is_listed() -> None:
    transport = httpx.ASGITransport(pages.static())
    async with httpx.AsyncClient(transport=transport, base_url="http://page") as http:
        assert (await http.get("/base.css")).status_code == 200
        for path in ("/", "/../templates/", "/..%2ftemplates/page.html", "/%2e%2e/pages.py"):
            with pytest.raises(HTTPException, match="404"):
                await http.get(path)


def test_the_fields_of_the_door_are_what_browsers_and_managers_of_passwords_know() -> None:
    page = TestClient(create_app(Settings.without_secrets())).get("/sign-in").text
    password = re.search(r'<input name="password"[^>]*>', page)
    assert password
    assert 'type="password"' in password[0]
    assert 'autocomplete="current-password"' in password[0]
    assert 'maxlength="200"' in password[0]
