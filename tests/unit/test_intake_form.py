"""The form asks for everything the contract's lists hold, in both languages, and lets nothing foreign run."""

from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from contracts.languages import LANGUAGES, Lang
from contracts.people import Role
from contracts.reports import CaseType, SourceUnit
from fastapi import FastAPI
from fastapi.testclient import TestClient
from intake import rules
from intake.form import pages

from contracts import codes

TODAY = date(2026, 11, 22)
LISTS = ("kinds", "danger_signs", "needs")


class Elements(HTMLParser):
    """Every element of a page: its name and attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def http() -> TestClient:
    app = FastAPI()
    app.include_router(pages.router)
    app.mount("/form/static", pages.static())
    return TestClient(app)


def test_every_case_type_is_offered() -> None:
    assert set(pages.asks()) == set(CaseType)


@pytest.mark.parametrize("listed", LISTS)
def test_every_code_of_a_list_is_asked_for_by_some_case_type_and_no_other(listed: str) -> None:
    asked = {code for row in pages.asks().values() for code in row.get(listed, ())}
    assert asked == set(codes.names(listed, TODAY))


def test_roles_and_tools_are_those_of_the_contract() -> None:
    rows = pages.asks().values()
    assert {role for row in rows for role in row["roles"]} == {str(role) for role in Role} - {"subject"}
    assert {row["tool"] for row in rows if "tool" in row} == set(codes.names("tools", TODAY))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_source_unit_and_every_law_of_a_duty_has_a_name(lang: Lang) -> None:
    facts = pages.facts(lang)
    assert set(facts["sources"]) == set(SourceUnit)
    assert {row["law"].split(" s")[0] for row in rules.data("duties")} <= set(facts["laws"])


def test_the_chinese_page_names_codes_as_the_contract_does() -> None:
    page = pages.page("zh", TODAY)
    for listed in (*LISTS, "conditions", "relations", "counties"):
        assert all(name in page for name in codes.names(listed, TODAY).values())


def test_the_english_page_has_chinese_on_its_language_link_alone() -> None:
    page = pages.page("en", TODAY)
    assert {sign for sign in page if "一" <= sign <= "鿿"} <= set("中文")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_nothing_in_the_page_runs_or_styles_inline_or_comes_from_elsewhere(lang: Lang) -> None:
    for tag, attributes in Elements(pages.page(lang, TODAY)).found:
        assert not any(name == "style" or name.startswith("on") for name in attributes)
        assert tag != "style"
        if tag in ("script", "link"):
            assert (attributes.get("src") or attributes.get("href") or "").startswith(("/form/static/", "/static/web/"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_field_of_the_page_has_a_label(lang: Lang) -> None:
    labelled: list[dict[str, Any]] = []

    class Inside(HTMLParser):
        depth = 0

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            self.depth += tag == "label"
            if tag in ("input", "select", "textarea") and not self.depth:
                labelled.append(dict(attrs))

        def handle_endtag(self, tag: str) -> None:
            self.depth -= tag == "label"

    Inside().feed(pages.page(lang, TODAY))
    assert labelled == []


def test_the_page_is_never_stored_nor_framed_and_says_nothing_of_itself_to_others(http: TestClient) -> None:
    headers = http.get("/form").headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy and "unsafe" not in policy


@pytest.mark.parametrize(
    ("path", "accepts", "tag"),
    [("/form", "", "zh-Hant-TW"), ("/form", "en-GB,en;q=0.9", "en"), ("/form", "zh-TW,en;q=0.5", "zh-Hant-TW"),
     ("/form", "fr", "zh-Hant-TW"), ("/form?lang=en", "zh-TW", "en"), ("/form?lang=xx", "zh-TW", "zh-Hant-TW")],
)  # fmt: skip
def test_the_language_is_the_readers_and_no_cookie_tells_of_the_visit(
    http: TestClient, path: str, accepts: str, tag: str
) -> None:
    answer = http.get(path, headers={"accept-language": accepts})
    assert "set-cookie" not in answer.headers
    assert answer.headers["content-language"] == tag
    assert f'<html lang="{tag}">' in answer.text
