"""The LINE stand-in answers as LINE's Messaging API documents, and shows each message once."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from httpx import Response
from line_standin import webhook
from line_standin.app import create_app
from line_standin.channel import PUSHES_PER_SECOND, Channel, Push
from line_standin.groups import group_id, load_groups
from line_standin.journal import Journal
from line_standin.refusals import Refused
from line_standin.settings import Settings
from line_standin.tokens import STATELESS_SECONDS, Tokens
from starlette.testclient import TestClient

WINDOW = group_id("chiayi-county/window")
HELLO = {"type": "text", "text": "新任務 New task"}
CONFIRM = {
    "type": "template",
    "altText": "新任務 New task",
    "template": {
        "type": "confirm",
        "text": "CYI-1",
        "actions": [
            {"type": "postback", "label": "收到", "data": "ack:1", "displayText": "收到了"},
            {"type": "uri", "label": "開啟", "uri": "https://example.org/cases/1"},
        ],
    },
}


class Line:
    """A caller of the stand-in that bears its token."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        client.headers["authorization"] = "Bearer token"

    def push(self, *messages: Any, to: str = WINDOW, key: str | None = None) -> Response:
        headers = {"X-Line-Retry-Key": key} if key else {}
        body = {"to": to, "messages": list(messages)}
        answer: Response = self.client.post("/v2/bot/message/push", json=body, headers=headers)
        return answer

    def seen(self, **query: str) -> dict[str, Any]:
        seen: dict[str, Any] = self.client.get("/_standin/messages", params=query).json()
        return seen

    def fault(self, **fault: Any) -> None:
        assert self.client.post("/_standin/faults", json=fault).status_code == 201

    def a_member(self, group: str = "chiayi-county/window") -> dict[str, str]:
        groups = {each["name"]: each for each in self.client.get("/_standin/groups").json()}
        member: dict[str, str] = groups[group]["members"][1]
        return member


@contextmanager
def standin(**settings: Any) -> Iterator[Line]:
    chosen = Settings(line_channel_token="token", line_channel_secret="secret", **settings)
    with TestClient(create_app(chosen)) as client:
        yield Line(client)


@pytest.fixture
def line() -> Iterator[Line]:
    with standin() as line:
        yield line


@pytest.fixture
def bot() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    """A bot's webhook: its URL, and what it received (signature, body)."""
    received: list[tuple[str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append((self.headers["x-line-signature"], body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/webhooks/line", received
    server.shutdown()
    server.server_close()


def channel(**given: Any) -> Channel:
    return Channel(load_groups(), Journal(None), **given)


def test_a_repeated_retry_key_shows_one_message_and_is_answered_409_with_what_was_sent(line: Line) -> None:
    key = str(uuid4())
    first, second = line.push(HELLO, key=key), line.push(HELLO, key=key)
    assert (first.status_code, second.status_code) == (200, 409)
    assert second.json() == {"message": "The retry key is already accepted", **first.json()}
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert len(line.seen()["messages"]) == 1
    assert [attempt["status"] for attempt in line.seen()["attempts"]] == [200, 409]


def test_a_restart_still_knows_the_retry_key_the_message_and_the_usage(tmp_path: Path) -> None:
    state, key = tmp_path / "line.jsonl", str(uuid4())
    with standin(line_state=state) as line:
        first = line.push(HELLO, key=key)
    with standin(line_state=state) as line:
        second = line.push(HELLO, key=key)
        assert second.status_code == 409
        assert second.json()["sentMessages"] == first.json()["sentMessages"]
        assert [message["body"] for message in line.seen()["messages"]] == [HELLO]
        assert line.client.get("/v2/bot/message/quota/consumption").json() == {"totalUsage": 5}


def test_a_line_that_a_crash_cut_short_is_dropped_and_the_rest_kept(tmp_path: Path) -> None:
    state = tmp_path / "line.jsonl"
    with standin(line_state=state) as line:
        line.push(HELLO)
    with state.open("a") as file:
        file.write('{"accepted": {"request_id": "half')
    with standin(line_state=state) as line:
        line.push(HELLO)
    with standin(line_state=state) as line:
        assert len(line.seen()["messages"]) == 2


def test_a_retry_key_is_forgotten_after_24_hours() -> None:
    now = [0.0]
    line = channel(clock=lambda: now[0])
    push = Push(WINDOW, [HELLO], str(uuid4()))
    line.accept(push, "one")
    now[0] = 24 * 3600 - 1.0
    with pytest.raises(Refused) as refused:
        line.check(push)
    assert refused.value.status == 409
    now[0] = 24 * 3600.0
    line.check(push)


@pytest.mark.parametrize(
    ("messages", "answer"),
    [
        ([], {"message": "Size must be between 1 and 5", "property": "messages"}),
        ([HELLO] * 6, {"message": "Size must be between 1 and 5", "property": "messages"}),
        ([{"type": "text", "text": ""}], {"message": "May not be empty", "property": "messages[0].text"}),
        ([HELLO, {"type": "text"}], {"message": "May not be empty", "property": "messages[1].text"}),
        ([{"text": "x"}], {"message": "May not be empty", "property": "messages[0].type"}),
        (
            [{"type": "text", "text": "🍎" * 2501}],
            {"message": "Length must be between 0 and 5000", "property": "messages[0].text"},
        ),
        (
            [CONFIRM | {"altText": "x" * 1501}],
            {"message": "Length must be between 0 and 1500", "property": "messages[0].altText"},
        ),
    ],
)
def test_a_wrong_body_is_refused_with_the_property_and_the_reason(
    line: Line, messages: list[Any], answer: dict[str, str]
) -> None:
    refused = line.push(*messages)
    assert refused.status_code == 400
    assert refused.json() == {"message": "The request body has 1 error(s)", "details": [answer]}
    assert line.seen()["messages"] == []


def with_button(**action: Any) -> dict[str, Any]:
    button = {"type": "button", "action": action}
    box = {"type": "box", "layout": "vertical", "contents": [button]}
    return {"type": "flex", "altText": "x", "contents": {"type": "bubble", "footer": box}}


@pytest.mark.parametrize(
    ("message", "detail"),
    [
        (
            {"type": "flex", "altText": "x", "contents": {"type": "bubble"}},
            {"message": "At least one block must be specified", "property": "/"},
        ),
        (
            with_button(type="uri", label="x", uri="javascript:alert(1)"),
            {"message": "invalid uri scheme", "property": "/footer/contents/0/action/uri"},
        ),
        (
            with_button(type="postback", label="長" * 41, data="x"),
            {"message": "Length must be between 0 and 40", "property": "/footer/contents/0/action/label"},
        ),
        (
            with_button(type="postback", label="x", data="x" * 301),
            {"message": "Length must be between 0 and 300", "property": "/footer/contents/0/action/data"},
        ),
        (
            CONFIRM | {"template": CONFIRM["template"] | {"text": "長" * 241}},  # type: ignore[operator]
            {"message": "Length must be between 0 and 240", "property": "template/text"},
        ),
        (
            CONFIRM | {"template": {"type": "confirm", "text": "x", "actions": []}},
            {"message": "Size must be between 2 and 2", "property": "template/actions"},
        ),
        (
            CONFIRM
            | {"template": {"type": "buttons", "text": "長" * 61, "title": "x", "actions": [{"type": "message"}]}},
            {"message": "May not be empty", "property": "template/actions/0/text"},
        ),
    ],
)
def test_a_wrong_layout_is_refused_with_its_own_path(line: Line, message: Any, detail: dict[str, str]) -> None:
    refused = line.push(message)
    assert refused.status_code == 400
    assert refused.json()["message"] == "A message (messages[0]) in the request body is invalid"
    assert detail in refused.json()["details"]


@pytest.mark.parametrize("label", ["長" * 20, "👩\u200d👧" * 20])
def test_a_label_is_counted_as_a_reader_counts(line: Line, label: str) -> None:
    buttons = {"type": "buttons", "text": "x", "actions": [{"type": "message", "label": label, "text": "x"}]}
    assert line.push({"type": "template", "altText": "x", "template": buttons}).status_code == 200
    buttons["actions"][0]["label"] += "x"  # type: ignore[index]
    assert line.push({"type": "template", "altText": "x", "template": buttons}).status_code == 400


@pytest.mark.parametrize("to", [5, "", "window", "C123", WINDOW.upper()])
def test_a_receiver_of_another_shape_is_an_invalid_property(line: Line, to: Any) -> None:
    refused = line.push(HELLO, to=to)
    assert refused.status_code == 400
    assert refused.json()["message"] == "The property, 'to', in the request body is invalid (line: -, column: -)"


def test_an_unknown_group_is_refused_and_its_retry_key_stays_free(line: Line) -> None:
    key = str(uuid4())
    refused = line.push(HELLO, to=group_id("no-such/unit"), key=key)
    assert (refused.status_code, refused.json()) == (400, {"message": "Failed to send messages"})
    assert line.push(HELLO, key=key).status_code == 200


def test_a_malformed_retry_key_is_refused(line: Line) -> None:
    assert line.push(HELLO, key="42").status_code == 400
    assert line.seen()["messages"] == []


@pytest.mark.parametrize("given", ["Bearer wrong", "token", ""])
def test_a_wrong_token_is_401(line: Line, given: str) -> None:
    line.client.headers["authorization"] = given
    refused = line.push(HELLO)
    assert refused.status_code == 401
    assert refused.json()["message"].startswith("Authentication failed due to the following reason:")


@pytest.mark.parametrize(
    ("body", "kind", "status", "words"),
    [
        (b'{"to": ', "application/json", 400, "could not be parsed as JSON (line: 1, column: 8)"),
        (b'{"to": "\xff"}', "application/json", 400, "could not be parsed as JSON"),
        (b"[" * 100_000, "application/json", 400, "could not be parsed as JSON"),
        (b"{}", "text/plain", 415, "The content type, text/plain, is not supported"),
        (b" " * (2 * 1024 * 1024 + 1), "application/json", 413, "2MB"),
    ],
)
def test_what_cannot_be_read_is_refused_before_anything_else(
    line: Line, body: bytes, kind: str, status: int, words: str
) -> None:
    refused = line.client.post("/v2/bot/message/push", content=body, headers={"content-type": kind})
    assert refused.status_code == status
    assert words in refused.json()["message"]


def test_a_push_counts_the_members_of_the_group_whatever_it_holds(line: Line) -> None:
    line.push(HELLO, HELLO, HELLO)
    assert line.client.get("/v2/bot/message/quota/consumption").json() == {"totalUsage": 5}


def test_a_push_beyond_the_months_quota_is_429_and_shows_nothing(line: Line) -> None:
    line.client.post("/_standin/quota", json={"value": 9})
    assert line.client.get("/v2/bot/message/quota").json() == {"type": "limited", "value": 9}
    key = str(uuid4())
    assert line.push(HELLO).status_code == 200
    refused = line.push(HELLO, key=key)
    assert (refused.status_code, refused.json()) == (429, {"message": "You have reached your monthly limit."})
    assert len(line.seen()["messages"]) == 1
    line.client.post("/_standin/quota", json={"value": None})
    assert line.push(HELLO, key=key).status_code == 200


def test_more_than_2000_pushes_in_a_second_are_429() -> None:
    line, push = channel(clock=lambda: 7.0), Push(WINDOW, [HELLO], None)
    for _ in range(PUSHES_PER_SECOND):
        line.check(push)
    with pytest.raises(Refused, match="The API rate limit has been exceeded"):
        line.check(push)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"status": 500}, "Internal server error"),
        ({"status": 403}, "Access to this API is not available for your account"),
        ({"status": 429, "cause": "quota"}, "You have reached your monthly limit."),
        ({"status": 429, "cause": "rate"}, "The API rate limit has been exceeded. Try again later."),
        ({"status": 429, "cause": "concurrency"}, "concurrent"),
    ],
)
def test_a_status_fault_hits_the_next_pushes_and_accepts_nothing(line: Line, fault: dict[str, Any], words: str) -> None:
    line.fault(kind="status", count=2, **fault)
    answers = [line.push(HELLO) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [fault["status"], fault["status"], 200]
    assert words in answers[0].json()["message"]
    assert len(line.seen()["messages"]) == 1


def test_an_acceptance_that_is_never_heard_of_shows_once_and_the_retry_is_409(line: Line) -> None:
    key = str(uuid4())
    line.fault(kind="accept_then_timeout", seconds=0.05)
    assert line.push(HELLO, key=key).status_code == 504
    assert line.push(HELLO, key=key).status_code == 409
    assert len(line.seen()["messages"]) == 1
    assert line.seen()["attempts"][0]["fault"] == "accept_then_timeout"


def test_a_timeout_before_acceptance_leaves_the_retry_key_free(line: Line) -> None:
    key = str(uuid4())
    line.fault(kind="timeout", seconds=0.05)
    assert line.push(HELLO, key=key).status_code == 504
    assert line.push(HELLO, key=key).status_code == 200


def test_a_fault_for_one_group_spares_the_others(line: Line) -> None:
    line.fault(kind="status", to=group_id("chiayi-county/police"))
    assert line.push(HELLO).status_code == 200
    assert line.push(HELLO, to=group_id("chiayi-county/police")).status_code == 500


def test_validation_sends_nothing(line: Line) -> None:
    assert line.client.post("/v2/bot/message/validate/push", json={"messages": [HELLO]}).json() == {}
    assert line.client.post("/v2/bot/message/validate/push", json={"messages": []}).status_code == 400
    assert line.seen()["messages"] == []


def test_a_groups_name_size_and_members_can_be_asked(line: Line) -> None:
    member, group = line.a_member(), f"/v2/bot/group/{WINDOW}"
    assert line.client.get(f"{group}/summary").json() == {"groupId": WINDOW, "groupName": "嘉義縣 集中篩派案窗口"}
    assert line.client.get(f"{group}/members/count").json() == {"count": 5}
    profile = line.client.get(f"{group}/member/{member['user_id']}").json()
    assert profile == {"userId": member["user_id"], "displayName": member["name"]}
    assert line.client.get(f"{group}/member/Unobody").json() == {"message": "Not found"}
    assert line.client.get("/v2/bot/group/Cnone/summary").status_code == 404


def test_group_ids_follow_the_scheme_that_notify_shares() -> None:
    groups = load_groups()
    for group in groups.values():
        assert group.id == "C" + hashlib.sha256(f"group:{group.name}".encode()).hexdigest()[:32]
    names = {group.name for group in groups.values()}
    assert {"chiayi-county/window", "chiayi-county/welfare_centre.zhuqi", "other-counties/kaohsiung-city"} <= names


def test_every_seeded_group_has_4_to_16_members_of_different_names() -> None:
    for group in load_groups().values():
        assert 4 <= len({member.name for member in group.members.values()}) == len(group.members) <= 16


def test_groups_can_come_from_a_json_file(tmp_path: Path) -> None:
    file = tmp_path / "groups.json"
    file.write_text(json.dumps({"groups": [{"name": "x/y", "zh": "某組", "en": "Some", "members": ["甲", "乙"]}]}))
    with standin(line_groups=file) as line:
        assert line.push(HELLO, to=group_id("x/y")).status_code == 200
        assert line.push(HELLO).status_code == 400


def test_a_press_sends_lines_signed_postback_event(bot: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, received = bot
    with standin(notify_webhook_url=url) as line:
        message, member = line.push(CONFIRM).json()["sentMessages"][0]["id"], line.a_member()
        order = {"message_id": message, "user_id": member["user_id"], "data": "ack:1"}
        press = line.client.post("/_standin/press", json=order).json()
    assert press["webhook_status"] == 200
    [(signature, body)] = received
    assert signature == base64.b64encode(hmac.digest(b"secret", body, "sha256")).decode()
    content = json.loads(body)
    assert re.fullmatch("U[0-9a-f]{32}", content["destination"])
    [event] = content["events"]
    assert event["type"] == "postback" and event["mode"] == "active" and event["postback"] == {"data": "ack:1"}
    assert event["source"] == {"type": "group", "groupId": WINDOW, "userId": member["user_id"]}
    assert event["deliveryContext"] == {"isRedelivery": False}
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{26}", event["webhookEventId"]) and event["replyToken"]
    assert isinstance(event["timestamp"], int)


def test_a_redelivery_is_the_same_event_marked_as_one(bot: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, received = bot
    with standin(notify_webhook_url=url) as line:
        message, member = line.push(CONFIRM).json()["sentMessages"][0]["id"], line.a_member()
        order = {"message_id": message, "user_id": member["user_id"], "data": "ack:1"}
        press = line.client.post("/_standin/press", json=order).json()
        line.client.post("/_standin/redeliver", json={"webhook_event_id": press["webhook_event_id"]})
    first, second = (json.loads(body)["events"][0] for _, body in received)
    assert second.pop("deliveryContext") == {"isRedelivery": True}
    assert first.pop("deliveryContext") == {"isRedelivery": False}
    assert first == second


def test_a_webhook_that_cannot_be_reached_is_told(line: Line) -> None:
    message = line.push(CONFIRM).json()["sentMessages"][0]["id"]
    order = {"message_id": message, "user_id": line.a_member()["user_id"], "data": "ack:1"}
    assert line.client.post("/_standin/press", json=order).json()["webhook_status"] == "no webhook url"


@pytest.mark.parametrize("wrong", [{"message_id": "1"}, {"user_id": "U1"}, {"data": "forged"}])
def test_only_a_members_press_of_a_button_that_is_there_counts(line: Line, wrong: dict[str, str]) -> None:
    message = line.push(CONFIRM).json()["sentMessages"][0]["id"]
    order = {"message_id": message, "user_id": line.a_member()["user_id"], "data": "ack:1"}
    assert line.client.post("/_standin/press", json=order | wrong).status_code == 404
    assert line.seen()["presses"] == []


def test_what_was_seen_can_be_asked_from_a_number_or_a_time_on(line: Line) -> None:
    line.push(HELLO)
    since = str(line.seen()["next"])
    assert line.seen(since=since)["messages"] == []
    line.push(CONFIRM)
    [message] = line.seen(since=since)["messages"]
    assert (message["body"], message["group"]) == (CONFIRM, "chiayi-county/window")
    assert len(line.seen(since=message["at"])["messages"]) == 1
    assert line.seen(group="chiayi-county/police")["messages"] == []
    assert line.client.get("/_standin/messages", params={"since": "yesterday"}).status_code == 400


def test_a_reset_forgets_everything_in_the_file_too(tmp_path: Path) -> None:
    state, key = tmp_path / "line.jsonl", str(uuid4())
    with standin(line_state=state) as line:
        line.push(HELLO, key=key)
        line.fault(kind="status")
        line.client.post("/_standin/reset")
        assert line.push(HELLO, key=key).status_code == 200
    with standin(line_state=state) as line:
        assert len(line.seen()["messages"]) == 1


def test_the_page_shows_the_message_its_buttons_and_who_may_press_them(line: Line) -> None:
    message = line.push(CONFIRM).json()["sentMessages"][0]["id"]
    page = line.client.get(f"/groups/{WINDOW}").text
    assert f'value="{message}|ack:1"' in page
    assert 'href="https://example.org/cases/1"' in page
    assert line.a_member()["name"] in page


def test_the_page_runs_nothing_that_a_message_brings(line: Line) -> None:
    line.push({"type": "text", "text": "<script>alert(1)</script>"})
    answer = line.client.get(f"/groups/{WINDOW}")
    assert "<script>alert" not in answer.text and "&lt;script&gt;alert" in answer.text
    assert "script-src 'self'" in answer.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", answer.text)


def test_a_button_pressed_on_the_page_shows_in_the_group(line: Line) -> None:
    message, member = line.push(CONFIRM).json()["sentMessages"][0]["id"], line.a_member()
    form = {"user_id": member["user_id"], "press": f"{message}|ack:1"}
    page = line.client.post(f"/groups/{WINDOW}/press", data=form)
    assert page.status_code == 200 and "收到了" in page.text and member["name"] in page.text
    assert [press["user"] for press in line.seen()["presses"]] == [member["name"]]


def test_a_repeated_push_says_so_on_the_page(line: Line) -> None:
    key = str(uuid4())
    line.push(HELLO, key=key)
    line.push(HELLO, key=key)
    assert "推送 2 次,只出現一次" in line.client.get(f"/groups/{WINDOW}/timeline").text


def test_a_stateless_token_is_good_for_fifteen_minutes_and_a_replaced_one_for_nothing() -> None:
    now = [1_000.0]
    tokens = Tokens("long", "1650000001", "secret", clock=lambda: now[0])
    assert tokens.issue("1650000001", "wrong") is None
    stateless = tokens.issue("1650000001", "secret")
    assert tokens.know("Bearer long") and tokens.know(f"Bearer {stateless}") and not tokens.know("Bearer ")
    now[0] += STATELESS_SECONDS
    assert not tokens.know(f"Bearer {stateless}")
    tokens.replace("new")
    assert tokens.know("Bearer new") and not tokens.know("Bearer long")


def test_a_token_that_was_replaced_is_401_and_one_asked_for_is_good(line: Line) -> None:
    form = {"grant_type": "client_credentials", "client_id": "1650000001", "client_secret": "secret"}
    assert line.client.put("/_standin/token", json={"value": "new"}).status_code == 204
    assert line.push(HELLO).status_code == 401
    issued = line.client.post("/oauth2/v3/token", data=form).json()
    assert issued["expires_in"] == 900
    line.client.headers["authorization"] = f"Bearer {issued['access_token']}"
    assert line.push(HELLO).status_code == 200
    wrong = line.client.post("/oauth2/v3/token", data=form | {"client_secret": "x"})
    assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_client")


def events(received: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
    return [each for _, body in received for each in json.loads(body)["events"]]


def test_comings_and_goings_reach_the_webhook_and_change_what_a_push_costs(
    bot: tuple[str, list[tuple[str, bytes]]],
) -> None:
    url, received = bot
    with standin(notify_webhook_url=url) as line:
        member = line.a_member()["user_id"]
        line.client.post(f"/_standin/groups/{WINDOW}/members", json={"name": "新同仁"})
        assert line.client.get(f"/v2/bot/group/{WINDOW}/members/count").json() == {"count": 6}
        line.client.delete(f"/_standin/groups/{WINDOW}/members/{member}")
        assert line.push(HELLO).status_code == 200
        assert line.client.get("/v2/bot/message/quota/consumption").json() == {"totalUsage": 5}
        line.client.delete(f"/_standin/groups/{WINDOW}")
        assert line.push(HELLO).json() == {"message": "Failed to send messages"}
        line.client.put(f"/_standin/groups/{WINDOW}")
        assert line.push(HELLO).status_code == 200
        assert line.client.put(f"/_standin/groups/{WINDOW}").status_code == 404
    told = events(received)
    assert [each["type"] for each in told] == ["memberJoined", "memberLeft", "leave", "join"]
    assert [("replyToken" in each) for each in told] == [True, False, False, True]
    assert told[1]["left"]["members"] == [{"type": "user", "userId": member}]


def test_a_friend_is_reached_for_one_and_who_is_none_is_not_reached_though_it_is_200(
    bot: tuple[str, list[tuple[str, bytes]]],
) -> None:
    url, received = bot
    with standin(notify_webhook_url=url) as line:
        person = line.a_member()
        user = person["user_id"]
        assert line.push(HELLO, to=user).status_code == 200
        assert line.client.get(f"/v2/bot/profile/{user}").status_code == 404
        assert line.client.put(f"/_standin/friends/{user}").status_code == 200
        assert line.client.get(f"/v2/bot/profile/{user}").json()["displayName"] == person["name"]
        assert line.push(CONFIRM, to=user).status_code == 200
        [shown] = line.seen()["messages"]
        assert line.client.get("/v2/bot/message/quota/consumption").json() == {"totalUsage": 1}
        order = {"message_id": shown["id"], "user_id": user, "data": "ack:1"}
        assert line.client.post("/_standin/press", json=order).status_code == 200
        assert line.client.delete(f"/_standin/friends/{user}").status_code == 200
        assert line.push(HELLO, to=user).status_code == 200
        assert len(line.seen()["messages"]) == 1
        assert line.client.put("/_standin/friends/Unobody").status_code == 404
    told = events(received)
    assert [each["type"] for each in told] == ["follow", "postback", "unfollow"]
    assert all(each["source"] == {"type": "user", "userId": user} for each in told)


def test_a_reply_is_shown_once_counts_for_nothing_and_bears_no_retry_key(
    bot: tuple[str, list[tuple[str, bytes]]],
) -> None:
    url, received = bot
    with standin(notify_webhook_url=url) as line:
        line.client.post(f"/_standin/groups/{WINDOW}/members", json={"name": "新同仁"})
        body = {"replyToken": events(received)[0]["replyToken"], "messages": [HELLO]}
        assert (
            line.client.post("/v2/bot/message/reply", json=body, headers={"X-Line-Retry-Key": "k"}).status_code == 400
        )
        assert line.client.post("/v2/bot/message/reply", json=body).status_code == 200
        again = line.client.post("/v2/bot/message/reply", json=body)
        assert (again.status_code, again.json()["message"]) == (400, "Invalid reply token")
        seen = line.seen()
        assert [each["body"] for each in seen["replies"]] == [HELLO]
        assert seen["messages"] == []
        assert line.client.get("/v2/bot/message/quota/consumption").json() == {"totalUsage": 0}


def test_what_the_webhook_missed_is_sent_again_only_when_redelivery_is_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(webhook, "REDELIVERIES", (0.01, 0.01))
    received: list[dict[str, Any]] = []
    answers = iter([500, 500, 500, 200])

    async def take(self: webhook.Webhook, content: dict[str, Any]) -> int:
        received.append(content["events"][0])
        return next(answers)

    monkeypatch.setattr(webhook.Webhook, "_send", take)
    with standin() as line:
        line.client.post(f"/_standin/groups/{WINDOW}/members", json={"name": "新同仁"})
        assert len(received) == 1
        line.client.put("/_standin/redelivery", json={"on": True})
        line.client.post(f"/_standin/groups/{WINDOW}/members", json={"name": "另一位"})
        while len(received) < 4:
            line.client.get("/healthz")
    assert [each["deliveryContext"]["isRedelivery"] for each in received] == [False, False, True, True]
    assert len({each["webhookEventId"] for each in received[1:]}) == 1


def test_the_account_tells_its_name_and_whether_its_webhook_answers(bot: tuple[str, list[tuple[str, bytes]]]) -> None:
    url, _ = bot
    with standin(notify_webhook_url=url) as line:
        assert line.client.get("/v2/bot/info").json()["basicId"] == "@safetynet"
        assert line.client.get("/v2/bot/channel/webhook/endpoint").json() == {"endpoint": url, "active": True}
        assert line.client.post("/v2/bot/channel/webhook/test").json()["success"]
    with standin() as line:
        assert line.client.get("/v2/bot/channel/webhook/endpoint").status_code == 404
        assert not line.client.post("/v2/bot/channel/webhook/test").json()["success"]


def test_it_is_alive_and_ready(line: Line) -> None:
    assert line.client.get("/healthz").status_code == line.client.get("/readyz").status_code == 200


def test_whom_a_message_mentions_stands_there_by_name(line: Line) -> None:
    member = line.a_member()
    who = {"type": "mention", "mentionee": {"type": "user", "userId": member["user_id"]}}
    assert line.push({"type": "textV2", "text": "{who} 請回覆", "substitution": {"who": who}}).status_code == 200
    for path in ("/", f"/groups/{WINDOW}", f"/groups/{WINDOW}/timeline"):
        page = line.client.get(path).text
        assert f"@{member['name']} 請回覆" in page and "{who}" not in page
