"""A member of a group presses a button of a message."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from line_standin.channel import Channel
from line_standin.groups import Member
from line_standin.records import Press, Shown
from line_standin.webhook import Webhook, new_event_id, postback


class NoSuchButton(Exception):
    """The message, the member or the button does not exist; the text says which."""


class Presser:
    """Presses a button for a person: LINE's webhook goes out, and the press shows in the group."""

    def __init__(self, channel: Channel, webhook: Webhook) -> None:
        self._channel = channel
        self._webhook = webhook

    async def press(self, message_id: str, user_id: str, data: str, picked: str | None = None) -> Press:
        """The press and what the bot's webhook answered. Raises NoSuchButton, also for a day that was not picked."""
        press = self._prepare(message_id, user_id, data, picked)
        self._channel.press(press)
        self._channel.delivered(press, await self._webhook.send(postback(press)))
        return press

    async def redeliver(self, webhook_event_id: str) -> Press:
        """Send an earlier press's event again, marked as a redelivery. Raises NoSuchButton."""
        press = self._channel.presses.get(webhook_event_id)
        if press is None:
            raise NoSuchButton(f"no press has the webhook event id {webhook_event_id}")
        return replace(press, webhook_status=await self._webhook.send(postback(press, redelivery=True)))

    def _prepare(self, message_id: str, user_id: str, data: str, picked: str | None) -> Press:
        shown = self._channel.shown.get(message_id)
        if shown is None:
            raise NoSuchButton(f"no message has the id {message_id}")
        if (member := self._readers(shown).get(user_id)) is None:
            raise NoSuchButton(f"{user_id} is not a member of {shown.group}")
        action = next((button for button in postbacks(shown.body) if button["data"] == data), None)
        if action is None:
            raise NoSuchButton(f"message {message_id} has no postback button with this data")
        if action["type"] == "datetimepicker":
            _must_be_offered(action, picked)
        id, at = new_event_id(), self._channel.clock()
        return Press(
            at=at,
            message_id=message_id,
            group_id=shown.group_id,
            user_id=user_id,
            user=member.name,
            label=action.get("displayText") or action.get("label") or data,
            data=data,
            webhook_event_id=id,
            reply_token=self._channel.reply_token(id, shown.group_id, at),
            picked=picked if action["type"] == "datetimepicker" else None,
        )

    def _readers(self, shown: Shown) -> Mapping[str, Member]:
        """Those who see a message: the members of its group, or the friend it went to."""
        if group := self._channel.groups.get(shown.group_id):
            return group.members
        return {id: friend for id, friend in self._channel.friends.items() if id == shown.group_id}


def postbacks(part: Any) -> Iterator[dict[str, Any]]:
    """Every action anywhere in a message that sends a postback: a press, or the choice of a day."""
    if isinstance(part, dict):
        if part.get("type") in ("postback", "datetimepicker") and isinstance(part.get("data"), str):
            yield part
        for inner in part.values():
            yield from postbacks(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from postbacks(inner)


def _must_be_offered(action: Mapping[str, Any], picked: str | None) -> None:
    """LINE's wheel turns no further than from `min` to `max`. Raises NoSuchButton."""
    if not picked or not action.get("min", picked) <= picked <= action.get("max", picked):
        raise NoSuchButton(f"pick a day from {action.get('min')} to {action.get('max')}")
