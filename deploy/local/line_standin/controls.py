"""What tests use of the stand-in beside LINE's own API: what it saw, and what is to go wrong next."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from line_standin.channel import Channel
from line_standin.groups import Member
from line_standin.pressing import NoSuchButton, Presser
from line_standin.records import Attempt, Fault, Press, Shown, as_json


class Quota(BaseModel):
    """The monthly limit in messages; null lifts it."""

    value: int | None = Field(default=None, ge=0)


class PressOrder(BaseModel):
    """Who presses which button of which message."""

    message_id: str
    user_id: str
    data: str
    picked: str | None = None


class Redelivery(BaseModel):
    """Which webhook event LINE sends again."""

    webhook_event_id: str


class Controls:
    """The routes under `/_standin`; no token, since the stand-in listens on this machine only."""

    def __init__(self, channel: Channel, presser: Presser) -> None:
        self._channel = channel
        self._presser = presser

    def router(self) -> APIRouter:
        """Every control."""
        router = APIRouter(prefix="/_standin", tags=["stand-in"])
        router.add_api_route("/messages", self.messages)
        router.add_api_route("/groups", self.groups)
        router.add_api_route("/faults", self.faults)
        router.add_api_route("/faults", self.add_fault, methods=["POST"], status_code=201)
        router.add_api_route("/faults", self.clear_faults, methods=["DELETE"], status_code=204)
        router.add_api_route("/quota", self.set_quota, methods=["POST", "PUT"])
        router.add_api_route("/reset", self.reset, methods=["POST"], status_code=204)
        router.add_api_route("/press", self.press, methods=["POST"])
        router.add_api_route("/redeliver", self.redeliver, methods=["POST"])
        return router

    async def messages(self, since: str | None = None, group: str | None = None) -> dict[str, Any]:
        """Every push attempt, distinct message shown, reply and press; `next` is the `since` of the next question.

        `since` is such a number, or a time (RFC 3339); `group` is a unit's id or a LINE group id.
        """
        channel, (seq, at), groups = self._channel, _since(since), self._group_ids(group)

        def chosen(records: Iterable[Attempt | Shown | Press]) -> list[dict[str, Any]]:
            kept = (one for one in records if one.seq > seq and one.at >= at)
            return [as_json(one) for one in kept if groups is None or _group_of(one) in groups]

        return {
            "attempts": chosen(channel.attempts),
            "messages": chosen(one for one in channel.shown.values() if not one.is_reply),
            "replies": chosen(one for one in channel.shown.values() if one.is_reply),
            "presses": chosen(channel.presses.values()),
            "next": channel.seq,
        }

    async def groups(self) -> list[dict[str, Any]]:
        """The groups and their members."""
        return [asdict(group) | {"members": _people(group.members.values())} for group in self._channel.groups.values()]

    async def faults(self) -> list[Fault]:
        """The faults still to come, in order."""
        return self._channel.faults

    async def add_fault(self, fault: Fault) -> list[Fault]:
        """Queue a fault behind those already waiting."""
        self._channel.faults.append(fault)
        return self._channel.faults

    async def clear_faults(self) -> None:
        """Drop all faults."""
        self._channel.faults.clear()

    async def set_quota(self, quota: Quota) -> dict[str, int | None]:
        """Set or lift the monthly limit."""
        self._channel.quota = quota.value
        return {"value": quota.value, "used": self._channel.used()}

    async def reset(self) -> None:
        """Forget messages, retry keys, presses, faults and quota, in the state file too."""
        self._channel.reset()

    async def press(self, order: PressOrder) -> dict[str, Any]:
        """Press a button for a member; answers what the bot's webhook answered. 404 when there is no such button."""
        try:
            return as_json(await self._presser.press(**order.model_dump()))
        except NoSuchButton as error:
            raise HTTPException(404, str(error)) from error

    async def redeliver(self, order: Redelivery) -> dict[str, Any]:
        """Send a webhook event again, as LINE does when redelivery is on. 404 when there is no such event."""
        try:
            return as_json(await self._presser.redeliver(order.webhook_event_id))
        except NoSuchButton as error:
            raise HTTPException(404, str(error)) from error

    def _group_ids(self, wanted: str | None) -> set[str] | None:
        if wanted is None:
            return None
        return {group.id for group in self._channel.groups.values() if wanted in (group.id, group.name)}


def _since(since: str | None) -> tuple[int, float]:
    """The number and the time, in seconds since 1970, that a record must come after (answers cut times to 1 us)."""
    if since is None or since.isdecimal():
        return int(since or 0), 0.0
    try:
        return 0, datetime.fromisoformat(since).timestamp() - 1e-6
    except ValueError as error:
        raise HTTPException(400, "since: a number from `next`, or a time such as 2026-11-22T08:00:00Z") from error


def _group_of(record: Attempt | Shown | Press) -> str | None:
    return record.to if isinstance(record, Attempt) else record.group_id


def _people(members: Iterable[Member]) -> list[dict[str, Any]]:
    return [asdict(member) for member in members]
