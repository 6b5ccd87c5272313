"""Whether LINE takes our token, reaches our webhook and has room for us; and what only people can see."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from notify.line import LineApi

WEBHOOK_PATH = "/webhooks/line"
SWITCHES = (
    "Webhook redelivery (LINE Developers console, Messaging API tab): off by default; a press during a restart is lost",
    "Error statistics aggregation (the same tab): off by default; nobody sees that LINE could not reach us",
    "Allow bot to join group chats (the same tab): off by default; the account cannot be invited",
    "Chat and greeting messages (LINE Official Account Manager, response settings): off, or it answers people itself",
)
"""What LINE tells to no program."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `well` is None where only a person can see it."""

    what: str
    well: bool | None
    told: str

    def __str__(self) -> str:
        mark = {True: "ok  ", False: "BAD ", None: "look"}[self.well]
        return f"{mark}  {self.what}: {self.told}" if self.told else f"{mark}  {self.what}"


async def findings(line: LineApi, groups: Mapping[str, str]) -> list[Finding]:
    """What is well and what is not, in the order in which to mend it; `groups` by unit are those of the settings."""
    account = await line.get("/v2/bot/info")
    if not account:
        return [Finding("token", False, "LINE refuses it or does not answer; nothing else can be asked")]
    found = [Finding("token", True, f"account {account.get('basicId')} {account.get('displayName')}")]
    found += [*await _webhook(line), await _quota(line), *await _groups(line, groups)]
    return found + [Finding(switch, None, "") for switch in SWITCHES]


async def _webhook(line: LineApi) -> Sequence[Finding]:
    endpoint = await line.get("/v2/bot/channel/webhook/endpoint")
    address, is_active = str(endpoint.get("endpoint", "none")), endpoint.get("active") is True
    is_ours = urlsplit(address).path == WEBHOOK_PATH
    tried = await line.test_webhook()
    return [
        Finding("webhook", is_active and is_ours, f"{address}{'' if is_active else ', which is switched off'}"),
        Finding("webhook answers", tried.get("success") is True, f"{tried.get('reason')} {tried.get('statusCode')}"),
    ]


async def _quota(line: LineApi) -> Finding:
    told = await line.quota()
    if told is None:
        return Finding("quota", False, "LINE does not tell it")
    left, used = told
    return Finding("quota", left > 0, f"{left:g} people left this month, {used} reached")


async def _groups(line: LineApi, groups: Mapping[str, str]) -> list[Finding]:
    sizes = [(unit, await line.members(group)) for unit, group in groups.items()]
    told = [(unit, f"{size} people" if size else "empty, or not there") for unit, size in sizes]
    return [Finding(f"group of {unit}", "not there" not in said, said) for unit, said in told]
