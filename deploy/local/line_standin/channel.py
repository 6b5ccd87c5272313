"""One LINE channel: its groups, what was accepted, what it may still send, and the faults it was told to simulate."""

import asyncio
import hashlib
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, MutableMapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta, timezone
from secrets import randbelow, token_urlsafe
from typing import Any
from uuid import uuid4

from line_standin.groups import Group, Member
from line_standin.journal import Journal, Record
from line_standin.records import Accepted, Attempt, Body, Fault, Press, Shown
from line_standin.refusals import ALREADY_ACCEPTED, NOT_SENT, TOO_MANY, Refused

RETRY_KEY_SECONDS = 24 * 3600
REPLY_SECONDS = 60
PUSHES_PER_SECOND = 2000
PERSON = "U"
"""How LINE's ids of people begin; those of groups begin with C."""
BILLING_ZONE = timezone(timedelta(hours=9))


@dataclass(frozen=True, slots=True)
class Push:
    """A push request with a valid body."""

    to: str
    messages: list[Body]
    retry_key: str | None


@dataclass
class Channel:
    """Everything is decided between two awaits of one event loop, so that no two pushes can race for a retry key."""

    groups: dict[str, Group]
    journal: Journal
    quota: int | None = None
    clock: Callable[[], float] = time.time
    seq: int = 0
    shown: dict[str, Shown] = field(default_factory=dict)
    presses: dict[str, Press] = field(default_factory=dict)
    timelines: dict[str, list[Shown | Press]] = field(default_factory=lambda: defaultdict(list))
    attempts: list[Attempt] = field(default_factory=list)
    tries: Counter[str | None] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    usage: Counter[str] = field(default_factory=Counter)
    accepted: dict[str, Accepted] = field(default_factory=dict)
    left: dict[str, Group] = field(default_factory=dict)
    friends: dict[str, Member] = field(default_factory=dict)
    reply_tokens: dict[str, tuple[str, float]] = field(default_factory=dict)
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    _calls: Counter[int] = field(default_factory=Counter)

    def restore(self) -> None:
        """Read the journal back: accepted pushes, their retry keys, the presses and the month's usage."""
        for record in self.journal.replay():
            if "accepted" in record:
                self._remember(record["accepted"])
            else:
                self.press(Press(**record["press"]))

    def check(self, push: Push) -> None:
        """Raises LINE's refusal: 409 for a retry key of the last 24 hours, 400 for an unknown group, 429 by cause.

        A push to a person is taken whether they are a friend or not; to one who is not it leads nowhere.
        """
        self._check_rate()
        if push.retry_key and (before := self.accepted.get(push.retry_key)) and self._still_valid(before):
            headers = {"x-line-accepted-request-id": before.request_id}
            raise Refused(409, ALREADY_ACCEPTED, headers=headers, more={"sentMessages": before.sent})
        if push.to not in self.groups and not push.to.startswith(PERSON):
            raise Refused(400, NOT_SENT)
        if self.quota is not None and self.used() + self.cost(push) > self.quota:
            raise Refused(429, TOO_MANY["quota"])

    def cost(self, push: Push) -> int:
        """What a push counts: one for each person it reaches, however many message objects it holds."""
        if push.to.startswith(PERSON):
            return int(push.to in self.friends)
        return len(self.groups[push.to].members)

    def reply_token(self, event_id: str, to: str, at: float) -> str:
        """The token with which this event can be answered once, within a minute."""
        token = hashlib.sha256(f"reply:{event_id}".encode()).hexdigest()[:32]
        self.reply_tokens[token] = to, at
        return token

    def reply(self, token: str, messages: list[Body]) -> list[dict[str, str]]:
        """Show a reply where its event came from; it counts for nothing. Raises LINE's refusal for a spent token."""
        to, at = self.reply_tokens.pop(token, ("", 0.0))
        if not to or self.clock() - at > REPLY_SECONDS:
            raise Refused(400, "Invalid reply token")
        push = Push(to, messages, None)
        return self._take(push, str(uuid4()), is_reply=True).sent

    def used(self) -> int:
        """Messages counted this month; LINE's months begin at UTC+9."""
        return self.usage[self._month(self.clock())]

    def accept(self, push: Push, request_id: str) -> Accepted:
        """Show the messages in the group, count them, keep the retry key. Call after `check`."""
        return self._take(push, request_id)

    def _take(self, push: Push, request_id: str, *, is_reply: bool = False) -> Accepted:
        cost = 0 if is_reply else self.cost(push)
        sent = [{"id": f"{randbelow(9 * 10**17) + 10**17}", "quoteToken": token_urlsafe(24)} for _ in push.messages]
        record: Record = {"request_id": request_id, "at": self.clock(), "sent": sent, "cost": cost}
        record |= {"to": push.to, "retry_key": push.retry_key, "messages": push.messages}
        record["is_reply"] = is_reply
        record["reaches"] = push.to in self.groups or push.to in self.friends
        self.journal.append({"accepted": record})
        accepted = self._remember(record)
        self.ring()
        return accepted

    def press(self, press: Press) -> None:
        """Show that a member pressed a button."""
        press.seq = self._next()
        self.presses[press.webhook_event_id] = press
        self.timelines[press.group_id].append(press)
        self.ring()

    def delivered(self, press: Press, webhook_status: int | str) -> None:
        """Note what the bot's webhook answered to a press."""
        press.webhook_status = webhook_status
        self.journal.append({"press": asdict(press)})
        self.ring()

    def attempt(self, **details: Any) -> None:
        """Note one push request, when it is answered; `details` are the fields of `Attempt` but `seq`."""
        self.attempts.append(Attempt(seq=self._next(), **details))
        self.tries[details["retry_key"]] += 1
        self.ring()

    def next_fault(self, to: str) -> Fault | None:
        """The fault this push meets, one use of it spent."""
        for fault in self.faults:
            if fault.to in (None, to):
                fault.count -= 1
                self.faults = [left for left in self.faults if left.count > 0]
                return fault
        return None

    def reset(self) -> None:
        """Reset: no messages, keys, presses, faults or usage, no quota; the groups stay."""
        self.journal.clear()
        self.quota = None
        kept: tuple[MutableMapping[Any, Any] | list[Any], ...] = (self.shown, self.presses, self.timelines)
        for memory in (*kept, self.attempts, self.tries, self.faults, self.usage, self.accepted, self.reply_tokens):
            memory.clear()
        self.ring()

    def ring(self) -> None:
        """Wake those who wait for something new."""
        self.changed.set()
        self.changed = asyncio.Event()

    def _check_rate(self) -> None:
        second = int(self.clock())
        if second not in self._calls:
            self._calls.clear()
        self._calls[second] += 1
        if self._calls[second] > PUSHES_PER_SECOND:
            raise Refused(429, TOO_MANY["rate"])

    def _still_valid(self, before: Accepted) -> bool:
        return self.clock() - before.at < RETRY_KEY_SECONDS

    def _remember(self, record: Record) -> Accepted:
        accepted = Accepted(record["request_id"], record["retry_key"], record["at"], record["sent"])
        if accepted.retry_key:
            self.accepted[accepted.retry_key] = accepted
        self.usage[self._month(accepted.at)] += record["cost"]
        if record["to"].startswith(PERSON) and not record.get("reaches", True):
            return accepted
        for sent, body in zip(accepted.sent, record["messages"], strict=True):
            self._show(accepted, sent, record["to"], body, is_reply=record.get("is_reply", False))
        return accepted

    def _show(self, accepted: Accepted, sent: Mapping[str, str], to: str, body: Body, *, is_reply: bool) -> None:
        group = self.groups.get(to)
        shown = Shown(
            seq=self._next(),
            id=sent["id"],
            quote_token=sent["quoteToken"],
            group_id=to,
            group=group.name if group else self.friends[to].name if to in self.friends else to,
            request_id=accepted.request_id,
            retry_key=accepted.retry_key,
            at=accepted.at,
            body=body,
            is_reply=is_reply,
        )
        self.shown[shown.id] = shown
        self.timelines[to].append(shown)

    def _next(self) -> int:
        self.seq += 1
        return self.seq

    def _month(self, at: float) -> str:
        return datetime.fromtimestamp(at, BILLING_ZONE).strftime("%Y-%m")
