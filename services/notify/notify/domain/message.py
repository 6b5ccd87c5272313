"""What a group reads: a Flex message of an opaque code, a stream, a priority, a clock and two buttons."""

from collections.abc import Mapping
from datetime import datetime
from string import Formatter
from typing import Annotated, Any, Literal, TypeAlias

from contracts.event import Model
from contracts.words import UNITS
from pydantic import AfterValidator, Field
from rules.spans import TAIPEI
from rules.taiwan import roc_day

from notify.domain.notices import OTHER_COUNTIES, Notice

Json: TypeAlias = dict[str, Any]

_ALLOWED = frozenset({"code", "name", "at"})


def _only_known_names(text: str) -> str:
    """Raises ValueError for a placeholder that could carry more than a code, a colleague's name or a time."""
    if unknown := {name for _, name, _, _ in Formatter().parse(text) if name is not None} - _ALLOWED:
        raise ValueError(f"a message may not carry {sorted(unknown)}")
    return text


Text = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_only_known_names)]
Label = Annotated[str, Field(min_length=1, max_length=20)]


class Template(Model):
    """One kind of message; `page` names the site its link leads to, `path` the page there.

    Without `accept` it has no button to accept the task: those told are not those who must answer.
    """

    title: Label
    ask: Text
    page: Literal["network", "dispatch"]
    path: Annotated[str, Field(pattern=r"^/[a-z/?=_]*(\{(case_id|report_id)\})?$")]
    accept: bool = True


class Labels(Model):
    """The words around the values."""

    stream: Label
    lead: Label
    priority: Label
    due: Label
    accept: Label
    open: Label
    accepting: Text


class Replies(Model):
    """What the group reads when someone presses; `someone` stands for a name that LINE does not tell."""

    accepted: Text
    already: Text
    void: Text
    someone: Label


class Wording(Model):
    """All texts of notify, by template and priority; kinds of unit are worded in the contracts."""

    alt: Text
    labels: Labels
    templates: Mapping[str, Template]
    other_county: Label
    other_stream: Label
    priorities: Mapping[int, Label]
    replies: Replies

    def stream_of(self, unit: str) -> str:
        """The kind of a unit in words; never its district."""
        area, _, name = unit.partition("/")
        if area == OTHER_COUNTIES:
            return self.other_county
        known = UNITS.get(name.partition(".")[0])
        return known.short if known else self.other_stream


def roc_time(at: datetime) -> str:
    """A time as it is written in Taiwan: `115年11月22日 21:05`."""
    there = at.astimezone(TAIPEI)
    return f"{roc_day(there)} {there:%H:%M}"


def compose(notice: Notice, wording: Wording, *, token: str, sites: Mapping[str, str]) -> Json:
    """The LINE message of a notice. Its `altText`, which lock screens show, is the task's code alone."""
    template = wording.templates[notice.template]
    code = notice.code
    body = [_text(template.ask.format(code=code), wrap=True), *_facts(notice, wording)]
    return {
        "type": "flex",
        "altText": wording.alt.format(code=code),
        "contents": {
            "type": "bubble",
            "header": _box(_text(template.title, weight="bold"), _text(code, size="xl", weight="bold")),
            "body": _box(*body),
            "footer": _box(*_buttons(notice, wording, template, token, sites)),
        },
    }


def _facts(notice: Notice, wording: Wording) -> list[Json]:
    labels = wording.labels
    known = {
        labels.stream: wording.stream_of(notice.unit),
        labels.lead: notice.lead and wording.stream_of(notice.lead),
        labels.priority: wording.priorities.get(notice.priority or 0),
        labels.due: notice.due_at and roc_time(notice.due_at),
    }
    return [_text(f"{label}:{value}", wrap=True) for label, value in known.items() if value]


def _buttons(notice: Notice, wording: Wording, template: Template, token: str, sites: Mapping[str, str]) -> list[Json]:
    labels = wording.labels
    path = template.path if notice.case_id or "{case_id}" not in template.path else "/today"
    link = sites[template.page] + path.format(case_id=notice.case_id, report_id=notice.report_id)
    said = labels.accepting.format(code=notice.code)
    accept = {"type": "postback", "label": labels.accept, "data": token, "displayText": said}
    press: Json = {"type": "button", "style": "primary", "action": accept}
    look: Json = {"type": "button", "action": {"type": "uri", "label": labels.open, "uri": link}}
    return [press, look] if template.accept else [look]


def _box(*contents: Json) -> Json:
    return {"type": "box", "layout": "vertical", "spacing": "sm", "contents": list(contents)}


def _text(text: str, **style: object) -> Json:
    return {"type": "text", "text": text, **style}
