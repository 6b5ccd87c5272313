"""The page behind a one-time link: what is asked, three answers, then a line for the outcome; no sign-in, no names.

Who answers says who they are. What was written to them is shown with their acceptance, once, and the look is on record.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from kit.problems import NotFound, Problem, TooMany
from web.frame import Filled, Form, PageRoute, Site, body_of, site_of, unprocessable
from web.language import language

from network import words
from network.clock import now
from network.referrals import api
from network.referrals.acts import Acts
from network.referrals.api import Change, Given
from network.referrals.api import Kept as KeptLooks
from network.referrals.bodies import AnsweredBy, CompletionBody, RefusalBody, WaitingBody, evening
from network.referrals.domain.referral import NEXT, Referral, Said
from network.referrals.links.api import Kept
from network.referrals.links.store import WITHIN, Link, Links
from network.referrals.views import WordsView
from network.services import catalogue

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_NOTHING = Filled()
_NO_REFERRER = {"Referrer-Policy": "no-referrer"}


@dataclass(frozen=True)
class Opened:
    """A link that was opened, and its referral."""

    request: Request
    site: Site
    link: Link
    referral: Referral

    def page(self, status: int = 200, **facts: Any) -> Response:
        it = self.referral
        answer = self.site.pages.show(self.request, None, "answer.html", status, **{
            "it": it, "acts": [act for act, state in STATES.items() if state in NEXT[it.state]],
            "refusals": catalogue().refusals, "outcomes": catalogue().outcomes_of(it.service), "uncovered": None,
            "typed": _NOTHING, "answered": False, "may_read": _may_read(it),
            "until": self.link.expires_at, "about": self._about, **facts,
        })  # fmt: skip
        answer.headers.update(_NO_REFERRER)
        return answer

    def _about(self, entry: Mapping[str, str]) -> str:
        return self.site.pages.label(entry.get("about", "").rpartition(".")[2], language(self.request))


@router.get("/answer/{secret}")
async def answer_page(secret: str, request: Request, acts: Given, links: Kept) -> Response:
    return (await _opened(secret, request, acts, links)).page()


@router.post("/answer/{secret}")
async def answer(*, secret: str, request: Request, form: Form, acts: Given, links: Kept, looks: KeptLooks) -> Response:
    """One answer; the link is over with it. The same form sent again shows that it was answered."""
    opened = await _opened(secret, request, acts, links, again=True)
    try:
        told = body_of(AnsweredBy, {"name": form["name"]})
        change = None if _only_reads(form, opened) else _change(form, opened.referral)
    except Problem as problem:
        return opened.page(problem.status, problem=problem, typed=form)
    said = Said(told.name, now(), "link", cause=opened.link.id)
    if change is None:
        return opened.page(uncovered=await _words(opened.referral, said, acts, looks), typed=form)
    try:
        after = await acts.changed(opened.referral.id, change, said)
    except Problem as problem:
        return opened.page(problem.status, problem=problem, typed=form)
    is_first = await links.use(opened.link, told.name, said.at)
    uncovered = await _words(after, said, acts, looks) if is_first else None
    return Opened(request, opened.site, opened.link, after).page(answered=True, uncovered=uncovered, acts=())


async def _opened(secret: str, request: Request, acts: Acts, links: Links, *, again: bool = False) -> Opened:
    """Raises TooMany, and NotFound alike for every link that opens nothing: unknown, over, used, revoked."""
    at = now()
    if not await links.may_try(request.client.host if request.client else "", at):
        raise TooMany(
            "Too many requests: wait a while.", "請求過多，請稍候。", headers={"Retry-After": f"{WITHIN.seconds}"}
        )
    link = await links.of(secret)
    referral = await acts.referrals.get(link.referral_id) if link else None
    was_ours = again and link and referral and link.ended == "used" and referral.has_seen(link.id)
    if link is None or referral is None or not (link.is_usable(at) or was_ours):
        said = words.of("missing.link_unusable")
        raise NotFound(said.en, said.zh)
    return Opened(request, site_of(request), link, referral)


def _change(form: Filled, referral: Referral) -> Change:
    """Raises Unprocessable for what is filled in wrong, or nothing that can be answered."""
    match form["act"]:
        case "acceptance":
            return api.accepting
        case "refusal":
            return api.refusing(body_of(RefusalBody, form.texts("reason")).reason)
        case "waiting":
            return api.waiting(body_of(WaitingBody, {"expected": evening(form["expected"])}))
        case "completion":
            return api.completing(referral, body_of(CompletionBody, form.texts("outcome")))
    raise unprocessable([{"type": "missing", "loc": ("act",)}])


async def _words(after: Referral, said: Said, acts: Acts, looks: Any) -> WordsView | None:
    """What was written to who takes it on."""
    if not _may_read(after):
        return None
    return await api.looked(after, said.by, acts, looks)


def _may_read(referral: Referral) -> bool:
    """Whether somebody takes it on to whom something was written: also one who said so by telephone, or in LINE."""
    return referral.state in ("accepted", "started") and bool(referral.note or referral.person)


def _only_reads(form: Filled, opened: Opened) -> bool:
    """Whether somebody who took it on by another channel asks for what was written, by a link that is not used yet."""
    return form["act"] == "words" and _may_read(opened.referral) and opened.link.is_usable(now())


STATES: Mapping[str, Any] = {
    "acceptance": "accepted", "refusal": "refused", "waiting": "waiting", "completion": "done",
}  # fmt: skip
