"""Makes a delivery of a notice: who hears of it, the card as LINE gets it at every attempt, what follows unanswered."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from rules.taiwan import taipei_day

from notify.domain.escalation import Run, Way, Whom, begin
from notify.domain.message import Step, Wording, compose, mention
from notify.domain.notices import Notice, is_of_window
from notify.domain.policies import Policies
from notify.domain.referring import Buttons, reasons_card
from notify.domain.texts import Json
from notify.domain.tokens import AcceptTokens
from notify.groups.store import Groups
from notify.store import Delivery


@dataclass(frozen=True)
class Writer:
    """`groups` are bound by people, `settled` those that the settings name; `sites` says where links of cards lead."""

    groups: Groups
    settled: Mapping[str, str]
    wording: Wording
    tokens: AcceptTokens
    sites: Mapping[str, str]
    policies: Policies

    async def groups_of(self, units: Collection[str]) -> Mapping[str, str]:
        """The groups of units that have one: the one that people bound goes before that of the settings."""
        settled = {unit: self.settled[unit] for unit in units if unit in self.settled}
        return settled | await self.groups.of_units(units)

    def must_reach(self, notice: Notice) -> bool:
        """Whether it fails, for a person to notice, where its unit has no group."""
        return self.wording.templates[notice.template].must_reach

    def instead(self, notice: Notice) -> str:
        """How what asks for an answer is answered where nobody can press; empty for anything else."""
        return self.wording.referrals.elsewhere if self.wording.templates[notice.template].asks == "referral" else ""

    def write(
        self,
        id: str,
        notice: Notice,
        group_id: str | None,
        at: datetime,
        trace: Mapping[str, str],
        *,
        asked: tuple[datetime, int] | None = None,
    ) -> Delivery:
        """A delivery, with its escalation where it asks for someone; `asked` when, at which version of the case."""
        run = self._run(notice, group_id, at, *(asked or (at, 1)))
        return Delivery(id, notice, group_id, at, trace, self.card(id, notice, at), run=run)

    def step(
        self,
        id: str,
        message: Delivery,
        unit: str,
        group_id: str | None,
        *,
        at: datetime,
        way: Way,
        whom: Whom,
        person: str | None,
    ) -> Delivery:
        """What a step sends on: a message that nobody answered. Its buttons answer that message itself."""
        notice, tokens = message.notice, self.tokens
        token, step = tokens.issue(message.id, at), Step(whom, tokens.issue(message.id, at, "cannot") if person else "")
        told = replace(notice, unit=unit, lead=notice.unit if unit != notice.unit else notice.lead, received_at=None)
        card = as_json(compose(told, self.wording, token=token, sites=self.sites, step=step))
        if way == "mention":
            card = f"{card},{as_json(mention(notice, self.wording))}"
        trace = message.trace
        return Delivery(id, told, group_id, at, trace, card, step_of=message.id, way=way, person=person)

    def card_of(self, delivery: Delivery) -> str:
        """The card of a delivery that an earlier release has queued without one."""
        return self.card(delivery.id, delivery.notice, delivery.queued_at)

    def card(self, id: str, notice: Notice, at: datetime) -> str:
        token, answers = self.tokens.issue(id, at), self._answers(id, notice, at)
        return as_json(compose(notice, self.wording, token=token, sites=self.sites, answers=answers))

    def reasons(self, delivery: Delivery) -> Json:
        """What follows on `not us`, with tokens of the message that it answers."""
        token = partial(self.tokens.issue, delivery.id, delivery.queued_at)
        return reasons_card(self.wording.referrals, delivery.notice.code, token)

    def _answers(self, id: str, notice: Notice, at: datetime) -> Buttons | None:
        if self.wording.templates[notice.template].asks != "referral":
            return None
        return Buttons(self.wording.referrals, partial(self.tokens.issue, id, at), taipei_day(at))

    def _run(self, notice: Notice, group_id: str | None, now: datetime, asked_at: datetime, version: int) -> Run | None:
        if not self.wording.templates[notice.template].accept:
            return None
        policy = self.policies.of("window" if is_of_window(notice) else "unit_work", notice.priority)
        return begin(policy, asked_at, version, now, is_lost=group_id is None)


def as_json(composed: object) -> str:
    """A message as LINE gets it, the same to the byte at every attempt."""
    return json.dumps(composed, ensure_ascii=False, separators=(",", ":"))
