"""What a group reads: a Flex message of an opaque code, a stream, a priority, a clock and two buttons."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter
from typing import Annotated, Literal

from contracts.event import Model
from contracts.words import UNITS
from pydantic import AfterValidator, Field
from rules.spans import TAIPEI
from rules.taiwan import roc_day

from notify.domain.escalation import Whom
from notify.domain.notices import OTHER_COUNTIES, Notice
from notify.domain.referring import Buttons, ReferralWords
from notify.domain.texts import Json, Label, Text, box, button, postback, text

PERSON = "{person}"
"""Stands in a kept card where LINE's id of a person goes."""

EXERCISE = "exercise"
Kind = Literal["case", "referral", "meeting", "exercise"]


class Template(Model):
    """One kind of message; `page` names the site its link leads to, `path` the page there, `of` what it is about.

    Without `accept` it has no button to accept the task: those told are not those who must answer. What `asks` a
    referral has its answers instead. What need not be heard (`must_reach`) goes to no unit without a group.
    """

    title: Label
    ask: Text
    page: Literal["network", "dispatch", "notify"]
    path: Annotated[str, Field(pattern=r"^/[a-z/?=_-]*(\{(case_id|report_id|about)\})?$")]
    of: Kind = "case"
    accept: bool = True
    asks: Literal["referral"] | None = None
    must_reach: bool = True


class KindWords(Model):
    """What a lock screen and a subject say of a kind of thing, what its time is called, and how its page is opened."""

    alt: Text
    due: Label
    open: Label


class Labels(Model):
    """The words around the values."""

    stream: Label
    lead: Label
    priority: Label
    service: Label
    accept: Label
    cannot: Label
    accepting: Text
    cannot_say: Text
    mention: Text
    gravest: Label


class Asking(Model):
    """How a message reads when a step of its escalation sends it on."""

    title: Label
    ask: Text


def _count_alone(text: str) -> str:
    """Raises ValueError for a placeholder that is no number."""
    if unknown := {name for _, name, _, _ in Formatter().parse(text) if name is not None} - {"count"}:
        raise ValueError(f"a digest may not carry {sorted(unknown)}")
    return text


Counted = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_count_alone)]


class DigestWords(Model):
    """How a digest reads: what it is, how many it tells of, and how many more there are than it lists."""

    title: Label
    ask: Counted
    more: Counted


class Replies(Model):
    """What the group reads when someone presses; `someone` stands for a name that LINE does not tell.

    `bind_group` and `bind_person` tell who has just come a code, `seen` that a press accepted
    nothing, `cannot` that the next one is asked.
    """

    accepted: Text
    already: Text
    void: Text
    seen: Text
    cannot: Text
    exercise: Text
    bind_group: Text
    bind_person: Text
    someone: Label


class Wording(Model):
    """All texts of notify, by template and priority; kinds of unit are worded in the contracts."""

    kinds: Mapping[Kind, KindWords]
    labels: Labels
    templates: Mapping[str, Template]
    escalations: Mapping[Whom, Asking]
    digests: Mapping[str, DigestWords]
    referrals: ReferralWords
    purposes: Mapping[str, Label]
    other_county: Label
    other_stream: Label
    priorities: Mapping[int, Label]
    replies: Replies

    def kind_of(self, notice: Notice) -> KindWords:
        """How what a notice is about is called."""
        return self.kinds[self.templates[notice.template].of]

    def alt_of(self, notice: Notice) -> str:
        """What a lock screen and a subject show: which kind of thing, and its code."""
        return self.kind_of(notice).alt.format(code=notice.code)

    def addressed(self, notice: Notice) -> str:
        """Whom a message addresses: a kind of unit; a provider by name, where what it is asked for may be named."""
        known = notice.called if notice.service in self.referrals.services else None
        return known or self.stream_of(notice.unit)

    def stream_of(self, unit: str) -> str:
        """The kind of a unit in words; never its district."""
        area, _, name = unit.partition("/")
        if area == OTHER_COUNTIES:
            return self.other_county
        known = UNITS.get(name.partition(".")[0])
        return known.short if known else self.purposes.get(name, self.other_stream)

    def link_of(self, notice: Notice, sites: Mapping[str, str]) -> str:
        """The page of what a notice is about, behind the sign-in."""
        return link_of(notice, self.templates[notice.template], sites)


def roc_time(at: datetime) -> str:
    """A time as it is written in Taiwan: `115年11月22日 21:05`."""
    there = at.astimezone(TAIPEI)
    return f"{roc_day(there)} {there:%H:%M}"


@dataclass(frozen=True)
class Step:
    """A step that asks `whom` about a message: with the token of a button to say that they cannot, where one may."""

    whom: Whom
    cannot: str = ""


def compose(
    notice: Notice, wording: Wording, *, token: str, sites: Mapping[str, str], step: Step | None = None,
    answers: Buttons | None = None,
) -> Json:  # fmt: skip
    """The LINE message of a notice, or of a step of its escalation; what asks a referral has its `answers`.

    Its `altText`, which lock screens show, is the task's code alone.
    """
    template = wording.templates[notice.template]
    if step:
        template = template.model_copy(update=dict(wording.escalations[step.whom]))
    code = notice.code
    body = [
        text(template.ask.format(code=code), wrap=True),
        *(text(line, wrap=True) for line in facts_of(notice, wording)),
    ]
    return {
        "type": "flex",
        "altText": wording.alt_of(notice),
        "contents": {
            "type": "bubble",
            "header": box(text(template.title, weight="bold"), text(code, size="xl", weight="bold")),
            "body": box(*body),
            "footer": box(
                *(answers.of(code) if answers else ()),
                *_buttons(notice, wording, template, (token, step.cannot if step else ""), sites),
            ),
        },
    }


def mention(notice: Notice, wording: Wording) -> Json:
    """A line that rings a person in a group; `PERSON` stands for LINE's id of them, which is kept sealed."""
    who = {"type": "mention", "mentionee": {"type": "user", "userId": PERSON}}
    text = f"{{who}} {wording.labels.mention.format(code=notice.code)}"
    return {"type": "textV2", "text": text, "substitution": {"who": who}}


def facts_of(notice: Notice, wording: Wording) -> list[str]:
    """What a message tells of the task, a line each: kinds of unit, priority, clock."""
    labels = wording.labels
    known = {
        labels.stream: wording.addressed(notice),
        labels.lead: notice.lead and wording.stream_of(notice.lead),
        labels.priority: wording.priorities.get(notice.priority or 0),
        wording.kind_of(notice).due: notice.due_at and roc_time(notice.due_at),
        labels.service: wording.referrals.services.get(notice.service or ""),
    }
    return [f"{label}:{value}" for label, value in known.items() if value]


def _buttons(
    notice: Notice, wording: Wording, template: Template, tokens: tuple[str, str], sites: Mapping[str, str]
) -> list[Json]:
    labels = wording.labels
    link = outside(link_of(notice, template, sites))
    said = labels.accepting.format(code=notice.code)
    press = button(postback(labels.accept, tokens[0], said), style="primary")
    look = button({"type": "uri", "label": wording.kinds[template.of].open, "uri": link})
    if not template.accept:
        return [look]
    said = labels.cannot_say.format(code=notice.code)
    return [press, button(postback(labels.cannot, tokens[1], said)), look] if tokens[1] else [press, look]


def link_of(notice: Notice, template: Template, sites: Mapping[str, str]) -> str:
    """The page of the task, behind the sign-in."""
    path = template.path if notice.case_id or "{case_id}" not in template.path else "/today"
    return sites[template.page] + path.format(case_id=notice.case_id, report_id=notice.report_id, about=notice.about)


def outside(link: str) -> str:
    """A link that opens in the phone's own browser: LINE's is no place to sign in, and providers refuse it.

    https://developers.line.biz/en/docs/messaging-api/using-line-url-scheme/#opening-url-in-external-browser
    """
    return f"{link}{'&' if '?' in link else '?'}openExternalBrowser=1"
