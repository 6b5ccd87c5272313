"""The groups as their members see them on a phone, live."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from importlib.resources import files
from typing import Any

from sse_starlette import EventSourceResponse
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from line_standin.channel import Channel
from line_standin.groups import Group
from line_standin.pressing import NoSuchButton, Presser
from line_standin.records import Press, Shown

TAIPEI = timezone(timedelta(hours=8))
SHOWN_AT_ONCE = 100
BURST_SECONDS = 0.4
SAFE = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}
WEEKDAYS = "一二三四五六日"
PALETTE = {
    "ink": (17, 17, 17),
    "grey": (136, 136, 136),
    "pale": (240, 242, 245),
    "white": (255, 255, 255),
    "red": (208, 44, 44),
    "amber": (230, 140, 20),
    "green": (6, 199, 85),
    "teal": (15, 118, 110),
    "blue": (37, 99, 205),
    "navy": (30, 58, 95),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the list of groups."""

    group: Group
    tone: int
    count: int
    preview: str
    when: str


class Pages:
    """The pages and what keeps them live; they work without script, by reloading."""

    def __init__(self, channel: Channel, presser: Presser) -> None:
        self._channel = channel
        self._presser = presser
        self._home = files("line_standin")
        self._templates = Jinja2Templates(str(self._home / "templates"))
        self._templates.env.globals.update(clock=_clock, day=_day, tone=nearest_tone, text=_text)
        kinds = list(dict.fromkeys(map(_kind, channel.groups.values())))
        self._tones = {group.id: kinds.index(_kind(group)) % 10 for group in channel.groups.values()}

    def routes(self) -> list[BaseRoute]:
        """The pages, their live parts, and the static files."""
        return [
            Route("/", self.home),
            Route("/events", self.events),
            Route("/list", self.group_list),
            Route("/groups/{group_id}", self.group),
            Route("/groups/{group_id}/timeline", self.timeline),
            Route("/groups/{group_id}/press", self.press, methods=["POST"]),
            Mount("/static", StaticFiles(directory=str(self._home / "static"))),
        ]

    async def home(self, request: Request) -> Response:
        """The list; beside it, where there is room, the group with the latest message."""
        return self._page(request, self._entries()[0].group, home=True)

    async def group(self, request: Request) -> Response:
        """One group."""
        return self._page(request, self._wanted(request), home=False)

    async def group_list(self, request: Request) -> Response:
        """The list alone."""
        return self._render(request, "list.html", selected=request.query_params.get("selected"), **self._list())

    async def timeline(self, request: Request) -> Response:
        """A group's messages alone."""
        return self._render(request, "timeline.html", **self._timeline(self._wanted(request)))

    async def events(self, _: Request) -> Response:
        """Server-sent events: the number of the newest record, whenever it changed."""
        return EventSourceResponse(self._changes(), ping=25)

    async def press(self, request: Request) -> Response:
        """A button was pressed on the page, by the member chosen there."""
        group, form = self._wanted(request), await request.form()
        message_id, _, data = _field(form, "press").partition("|")
        try:
            picked = str(form.get(f"day-{message_id}-{data}") or "") or None
            await self._presser.press(message_id, _field(form, "user_id"), data, picked)
        except NoSuchButton as error:
            raise HTTPException(404, str(error)) from error
        return RedirectResponse(f"/groups/{group.id}", 303)

    async def _changes(self) -> AsyncIterator[dict[str, str]]:
        while True:
            changed = self._channel.changed
            yield {"data": str(self._channel.seq)}
            await changed.wait()
            await asyncio.sleep(BURST_SECONDS)

    def _page(self, request: Request, group: Group, *, home: bool) -> Response:
        parts = {"selected": group.id, "home": home, "group_tone": self._tones[group.id]}
        return self._render(request, "page.html", **parts, **self._list(), **self._timeline(group))

    def _render(self, request: Request, template: str, **parts: Any) -> Response:
        return self._templates.TemplateResponse(request, template, parts, headers=SAFE)

    def _wanted(self, request: Request) -> Group:
        group = self._channel.groups.get(request.path_params["group_id"])
        if group is None:
            raise HTTPException(404)
        return group

    def _list(self) -> dict[str, Any]:
        return {"entries": self._entries(), "used": self._channel.used(), "quota": self._channel.quota}

    def _entries(self) -> list[Entry]:
        newest_first = sorted(self._channel.groups.values(), key=self._last_seq, reverse=True)
        return [self._entry(group) for group in newest_first]

    def _last_seq(self, group: Group) -> int:
        timeline = self._channel.timelines.get(group.id)
        return timeline[-1].seq if timeline else 0

    def _entry(self, group: Group) -> Entry:
        timeline = self._channel.timelines.get(group.id, [])
        last = timeline[-1] if timeline else None
        return Entry(
            group=group,
            tone=self._tones[group.id],
            count=len(timeline),
            preview=_preview(last, group) if last else group.en,
            when=_clock(last.at) if last else "",
        )

    def _timeline(self, group: Group) -> dict[str, Any]:
        timeline = self._channel.timelines.get(group.id, [])
        latest = timeline[-SHOWN_AT_ONCE:]
        pressed = [entry for entry in timeline if isinstance(entry, Press)]
        return {
            "group": group,
            "timeline": latest,
            "earlier": len(timeline) - len(latest),
            "tries": self._channel.tries,
            "pressed": {(press.message_id, press.data) for press in pressed},
        }


def nearest_tone(colour: str | None, default: str) -> str:
    """The palette's name for a hex colour: the pages' security policy forbids inline styles."""
    try:
        red, green, blue = bytes.fromhex((colour or "").lstrip("#")[:6])
    except ValueError:
        return default
    return min(PALETTE, key=lambda name: _distance(PALETTE[name], (red, green, blue)))


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> int:
    return sum((a - b) ** 2 for a, b in zip(one, other, strict=True))


def _preview(last: Shown | Press, group: Group) -> str:
    if isinstance(last, Press):
        return f"{last.user}: {last.label}"
    return str(last.body.get("altText") or _text(last.body, group) or f"[{last.body['type']}]")


def _text(body: Mapping[str, Any], group: Group) -> str:
    """A message's text as LINE shows it: whom it mentions stands there by name."""
    text = str(body.get("text") or "")
    for name, put in (body.get("substitution") or {}).items():
        whom = put.get("mentionee") or {}
        member = group.members.get(whom.get("userId", ""))
        text = text.replace(
            f"{{{name}}}", "@All" if whom.get("type") == "all" else f"@{member.name if member else name}"
        )
    return text


def _kind(group: Group) -> str:
    area, _, unit = group.name.partition("/")
    return area if area.startswith("other") else unit.partition(".")[0]


def _clock(at: float) -> str:
    return datetime.fromtimestamp(at, TAIPEI).strftime("%H:%M")


def _day(at: float) -> str:
    moment = datetime.fromtimestamp(at, TAIPEI)
    return f"{moment.month}月{moment.day}日 ({WEEKDAYS[moment.weekday()]}) · {moment:%d %b}"


def _field(form: FormData, name: str) -> str:
    value = form.get(name)
    if not isinstance(value, str):
        raise HTTPException(400, f"the form lacks {name}")
    return value
