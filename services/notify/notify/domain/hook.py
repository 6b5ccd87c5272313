"""What a webhook's receiver reads: the words of the card, as our own notice or as Teams and Slack take it."""

import json
from datetime import datetime
from typing import Literal, TypeAlias
from urllib.parse import urlsplit, urlunsplit

from notify.domain.attempts import Failed, Later, Sent, Verdict
from notify.domain.texts import Json

Style: TypeAlias = Literal["notice", "teams", "slack"]
STYLES: tuple[Style, ...] = ("notice", "teams", "slack")
PREFIX = "hook-"
"""How the id of a group begins that is a webhook and not LINE's."""
NOTICE = "notice.told"


def is_hook(group_id: str | None) -> bool:
    return bool(group_id and group_id.startswith(PREFIX))


def body_of(card: str, style: Style, at: datetime, instead: str = "") -> bytes:
    """The body of a push whose card was composed for LINE: its title, code, lines and link; its buttons are LINE's.

    `instead` is a line that says how to answer where one cannot press.

    Teams: a message with an adaptive card, as a workflow's webhook takes it
    (https://learn.microsoft.com/power-automate/overview-adaptive-cards). Slack: an incoming webhook's blocks
    (https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks).
    """
    first: Json = json.loads(f"[{card}]")[0]
    shown = first["contents"]
    title, *lines = [each["text"] for part in ("header", "body") for each in shown[part]["contents"] if "text" in each]
    lines += [instead] if instead else []
    link, label = next(iter(_links(shown["footer"]["contents"])), ("", ""))
    match style:
        case "teams":
            told = _teams(title, lines, link, label)
        case "slack":
            told = _slack(title, lines, link, label)
        case "notice":
            data = {"subject": first["altText"], "title": title, "lines": lines, "link": link}
            told = {"type": NOTICE, "timestamp": at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False).encode()


def verdict_of(failed: str | None) -> Verdict:
    """What an answer means; `failed` as `kit.webhooks.post` tells it. A receiver may be away, or busy, for a while."""
    if failed is None:
        return Sent("")
    is_final = failed.startswith("status_4") and failed not in ("status_408", "status_425", "status_429")
    return Failed("refused") if is_final else Later("server_error" if failed.startswith("status_") else "no_answer")


def _links(buttons: list[Json]) -> list[tuple[str, str]]:
    return [(_bare(each["action"]["uri"]), each["action"]["label"]) for each in buttons if "uri" in each["action"]]


def _bare(link: str) -> str:
    """Without what tells LINE to open it outside."""
    parts = urlsplit(link)
    query = "&".join(each for each in parts.query.split("&") if each and not each.startswith("openExternalBrowser="))
    return urlunsplit(parts._replace(query=query))


def _teams(title: str, lines: list[str], link: str, label: str) -> Json:
    head = {"type": "TextBlock", "text": title, "weight": "Bolder", "size": "Medium", "wrap": True}
    card = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.4",
        "body": [head, *({"type": "TextBlock", "text": line, "wrap": True} for line in lines)],
        "actions": [{"type": "Action.OpenUrl", "title": label, "url": link}] if link else [],
    }
    attached = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attached]}


def _slack(title: str, lines: list[str], link: str, label: str) -> Json:
    text = "\n".join((f"*{title}*", *lines))
    blocks: list[Json] = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
    if link:
        press = {"type": "button", "text": {"type": "plain_text", "text": label}, "url": link}
        blocks.append({"type": "actions", "elements": [press]})
    return {"text": " ".join((title, *lines[:1])), "blocks": blocks}
