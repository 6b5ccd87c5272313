"""Who comes and goes: the account in groups, people in groups, friends; the bot's webhook hears of it."""

from dataclasses import replace
from typing import Any

from line_standin.channel import Channel
from line_standin.groups import Group, Member, user_id
from line_standin.webhook import Webhook, event, new_event_id


class NobodyThere(Exception):
    """The group or the person does not exist, or is there already; the text says which."""


class Membership:
    """Each change is made first and told to the webhook then; it is forgotten when the process ends."""

    def __init__(self, channel: Channel, webhook: Webhook) -> None:
        self._channel = channel
        self._webhook = webhook

    async def join(self, group_id: str) -> dict[str, Any]:
        """The account is invited into a group that it left. Raises NobodyThere."""
        group = self._channel.left.pop(group_id, None)
        if group is None:
            raise NobodyThere(f"the account has not left {group_id}")
        self._channel.groups[group_id] = group
        return await self._tell("join", self._in(group), to=group_id)

    async def leave(self, group_id: str) -> dict[str, Any]:
        """The account is removed from a group. Raises NobodyThere."""
        group = self._group(group_id)
        self._channel.left[group_id] = self._channel.groups.pop(group_id)
        return await self._tell("leave", self._in(group))

    async def add(self, group_id: str, name: str) -> dict[str, Any]:
        """Somebody comes into a group. Raises NobodyThere."""
        group = self._group(group_id)
        member = Member(user_id(f"{group.name}:{name}"), name)
        self._change(group, {**group.members, member.user_id: member})
        joined = {"members": [{"type": "user", "userId": member.user_id}]}
        return await self._tell("memberJoined", self._in(group), to=group_id, joined=joined)

    async def remove(self, group_id: str, user: str) -> dict[str, Any]:
        """Somebody leaves a group. Raises NobodyThere."""
        group = self._group(group_id)
        if user not in group.members:
            raise NobodyThere(f"{user} is not a member of {group.name}")
        self._change(group, {id: member for id, member in group.members.items() if id != user})
        left = {"members": [{"type": "user", "userId": user}]}
        return await self._tell("memberLeft", self._in(group), left=left)

    async def follow(self, user: str) -> dict[str, Any]:
        """A member of any group adds the account as a friend, or unblocks it. Raises NobodyThere."""
        was_known = user in self._channel.friends
        self._channel.friends[user] = self._person(user)
        return await self._tell("follow", self._of(user), to=user, follow={"isUnblocked": was_known})

    async def unfollow(self, user: str) -> dict[str, Any]:
        """A friend blocks the account. Raises NobodyThere."""
        if self._channel.friends.pop(user, None) is None:
            raise NobodyThere(f"{user} is no friend of the account")
        return await self._tell("unfollow", self._of(user))

    async def _tell(self, type: str, source: dict[str, str], *, to: str = "", **more: Any) -> dict[str, Any]:
        """Send an event, with a reply token where LINE gives one; what the webhook answered."""
        id, at = new_event_id(), self._channel.clock()
        token = self._channel.reply_token(id, to, at) if to else None
        status = await self._webhook.send(event(type, source, id=id, at=at, reply_token=token, **more))
        self._channel.ring()
        return {"webhook_event_id": id, "webhook_status": status}

    def _change(self, group: Group, members: dict[str, Member]) -> None:
        self._channel.groups[group.id] = replace(group, members=members)

    def _group(self, group_id: str) -> Group:
        if (group := self._channel.groups.get(group_id)) is None:
            raise NobodyThere(f"the account is in no group {group_id}")
        return group

    def _person(self, user: str) -> Member:
        groups = (*self._channel.groups.values(), *self._channel.left.values())
        found = next((group.members[user] for group in groups if user in group.members), None)
        if found is None:
            raise NobodyThere(f"nobody has the id {user}")
        return found

    def _in(self, group: Group) -> dict[str, str]:
        return {"type": "group", "groupId": group.id}

    def _of(self, user: str) -> dict[str, str]:
        return {"type": "user", "userId": user}
