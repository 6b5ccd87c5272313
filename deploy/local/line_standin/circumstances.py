"""What tests change around the account: its token, LINE's switches, who is in its groups, who is its friend."""

from collections.abc import Awaitable
from typing import Any

from fastapi import APIRouter, HTTPException
from pydantic import BaseModel, Field

from line_standin.membership import Membership, NobodyThere
from line_standin.tokens import Tokens
from line_standin.webhook import Webhook


class Token(BaseModel):
    """The long-lived token from now on; all others are worthless."""

    value: str = Field(min_length=1)


class Switch(BaseModel):
    """One of LINE's switches; redelivery is off until somebody turns it on, as at LINE."""

    on: bool


class Newcomer(BaseModel):
    """The name somebody has in LINE."""

    name: str = Field(min_length=1, max_length=50)


class Circumstances:
    """Further routes under `/_standin`. A change answers what the bot's webhook answered to its event."""

    def __init__(self, tokens: Tokens, webhook: Webhook, membership: Membership) -> None:
        self._tokens = tokens
        self._webhook = webhook
        self._membership = membership

    def router(self) -> APIRouter:
        """Every route."""
        router = APIRouter(prefix="/_standin", tags=["stand-in"])
        router.add_api_route("/token", self.token, methods=["PUT"], status_code=204)
        router.add_api_route("/redelivery", self.redelivery, methods=["PUT"], status_code=204)
        router.add_api_route("/groups/{group_id}", self.join, methods=["PUT"])
        router.add_api_route("/groups/{group_id}", self.leave, methods=["DELETE"])
        router.add_api_route("/groups/{group_id}/members", self.add, methods=["POST"])
        router.add_api_route("/groups/{group_id}/members/{user_id}", self.remove, methods=["DELETE"])
        router.add_api_route("/friends/{user_id}", self.follow, methods=["PUT"])
        router.add_api_route("/friends/{user_id}", self.unfollow, methods=["DELETE"])
        return router

    async def token(self, token: Token) -> None:
        """The old token, and every stateless one, is answered 401 from now on."""
        self._tokens.replace(token.value)

    async def redelivery(self, switch: Switch) -> None:
        """Whether what the webhook missed is sent again."""
        self._webhook.redelivers = switch.on

    async def join(self, group_id: str) -> dict[str, Any]:
        """The account is invited again into a group that it left."""
        return await _told(self._membership.join(group_id))

    async def leave(self, group_id: str) -> dict[str, Any]:
        """The account is removed from a group."""
        return await _told(self._membership.leave(group_id))

    async def add(self, group_id: str, newcomer: Newcomer) -> dict[str, Any]:
        """Somebody comes into a group."""
        return await _told(self._membership.add(group_id, newcomer.name))

    async def remove(self, group_id: str, user_id: str) -> dict[str, Any]:
        """Somebody leaves a group."""
        return await _told(self._membership.remove(group_id, user_id))

    async def follow(self, user_id: str) -> dict[str, Any]:
        """A member of a group adds the account as a friend."""
        return await _told(self._membership.follow(user_id))

    async def unfollow(self, user_id: str) -> dict[str, Any]:
        """A friend blocks the account."""
        return await _told(self._membership.unfollow(user_id))


async def _told(change: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    try:
        return await change
    except NobodyThere as error:
        raise HTTPException(404, str(error)) from error
