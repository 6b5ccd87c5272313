"""What a webhook's receiver reads: the words of the card and no more, in the shape that it takes."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from notify.domain.attempts import Failed, Later, Sent
from notify.domain.hook import STYLES, Style, body_of, is_hook, verdict_of
from notify.domain.message import compose, mention
from notify.domain.notices import Notice
from notify.wording import load_wording
from notify.writing import as_json

from tests.unit.notify_sites import SITES

NOW = datetime(2026, 11, 29, 2, 0, tzinfo=UTC)
CASE = "1a2b3c4d-0000-4000-8000-000000000000"


def card(template: str) -> str:
    notice = Notice("chiayi-county/police", template, "chiayi-county", None, CASE, 1, NOW, about=CASE)  # type: ignore[arg-type]
    return as_json(compose(notice, load_wording(), token="secret-token", sites=SITES))


def told(template: str, style: Style) -> Any:
    return json.loads(body_of(card(template), style, NOW))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("template", sorted(load_wording().templates))
def test_every_message_is_told_without_a_button_that_is_lines(template: str, style: Style) -> None:
    text = body_of(card(template), style, NOW).decode()
    assert "1A2B3C4D" in text and load_wording().templates[template].title in text
    assert "secret-token" not in text and "openExternalBrowser" not in text


def test_each_receiver_gets_the_shape_that_it_takes() -> None:
    link = f"https://network.example/cases/{CASE}"
    teams, slack, own = (told("new_case", style) for style in ("teams", "slack", "notice"))
    [attached] = teams["attachments"]
    assert attached["content"]["actions"] == [{"type": "Action.OpenUrl", "title": "開啟案件", "url": link}]
    assert slack["blocks"][1]["elements"][0]["url"] == link and "*新案主責*" in slack["blocks"][0]["text"]["text"]
    assert (own["type"], own["data"]["link"], own["data"]["title"]) == ("notice.told", link, "新案主責")
    assert "速別:第1級(最急)" in own["data"]["lines"]


def test_a_step_that_mentions_somebody_is_told_as_its_card() -> None:
    notice = Notice("chiayi-county/police", "new_case", "chiayi-county")
    both = f"{card('new_case')},{as_json(mention(notice, load_wording()))}"
    assert body_of(both, "slack", NOW) == body_of(card("new_case"), "slack", NOW)


@pytest.mark.parametrize(
    ("failed", "verdict"),
    [(None, Sent), ("timeout", Later), ("not_reachable", Later), ("status_503", Later), ("status_429", Later),
     ("status_410", Failed), ("status_400", Failed), ("status_302", Later)],
)  # fmt: skip
def test_what_an_answer_means(failed: str | None, verdict: type) -> None:
    assert isinstance(verdict_of(failed), verdict)


def test_a_groups_id_says_whether_it_is_a_webhook() -> None:
    assert (is_hook("hook-1"), is_hook("C" + "1" * 32), is_hook(None)) == (True, False, False)
