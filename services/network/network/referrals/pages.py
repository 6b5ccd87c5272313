"""Pages of referrals: what was sent and what is asked of us, one referral with what may be done, a new one."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, get_args

from contracts.roles import May, may
from fastapi import APIRouter, Query
from fastapi.responses import Response
from kit.problems import NotFound, Problem
from rules.counties import units_of
from web.callers import must_cover
from web.frame import Filled, Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from network.once import Key, Printed, told
from network.referrals import api, bodies
from network.referrals.acts import Acts
from network.referrals.api import Given, Kept, listed
from network.referrals.domain.notes import GOES_ON
from network.referrals.domain.referral import NEXT, Referral, State
from network.referrals.links import api as links_api
from network.referrals.store import Sought
from network.referrals.views import ReferralView, WordsView
from network.services import NEEDS, catalogue

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST, OFFERED = 50, 20
STATES: tuple[State, ...] = get_args(State)
WITHDRAWALS = ("not_needed", "family_declined", "mistake", "done_by_another")
BODIES: Mapping[str, tuple[type[bodies.StepBody], State]] = {
    "acceptance": (bodies.AcceptanceBody, "accepted"), "refusal": (bodies.RefusalBody, "refused"),
    "waiting": (bodies.WaitingBody, "waiting"), "start": (bodies.StepBody, "started"),
    "completion": (bodies.CompletionBody, "done"), "sessions": (bodies.StepBody, "started"),
    "parts": (bodies.PartBody, "started"),
}  # fmt: skip
ROUTES = {
    "acceptance": api.accept, "refusal": api.refuse, "waiting": api.wait, "start": api.start,
    "completion": api.complete, "sessions": api.hold_session, "parts": api.answer_part,
}  # fmt: skip
NOTES = ("sessions", "parts")
_NOTHING = Filled()


@router.get("/referrals")
async def referrals_page(
    *,
    visit: SignedIn,
    acts: Given,
    service: str = "",
    state: Annotated[str, Query()] = "",
    side: str = "",
    after: str = "",
) -> Response:
    visit.must(May.ANSWER)
    sought = Sought(_known(state, STATES), service or None, side=_known(side, ("to", "from_unit")))
    found, following = await listed(visit.caller, acts, sought, after, MOST)
    return visit.page(
        "referrals.html", listed=found, names=await acts.offers.names([each.to for each, _ in found]),
        services=tuple(catalogue().services), states=STATES, sought=visit.request.query_params,
        following=following, works=may(visit.caller.role, May.REFER),
    )  # fmt: skip


@router.get("/referrals/new")
async def new(visit: SignedIn, acts: Given) -> Response:
    visit.must(May.REFER)
    return await _new(visit, acts, visit.request.query_params)


@router.post("/referrals")
async def send(visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    visit.must(May.REFER)
    fields: dict[str, Any] = form.texts(
        "service", "to", "case_id", "report_id", "township", "county", "instead_of", "note", "group", "needed_on"
    )
    fields["asked_for"] = tuple(form.all("asked_for"))
    fields["family_agrees"] = {"yes": True, "no": False}.get(form["family_agrees"])
    if form["person_name"]:
        fields["person"] = {"name": form["person_name"], "phone": form["person_phone"]}
    try:
        sent = await acts.send(
            body_of(bodies.ReferralBody, fields), visit.caller, prints.key("send", form["key"], form.words)
        )
    except NotFound:
        raise
    except Problem as problem:
        return await _new(visit, acts, fields, problem=told(problem), form=form)
    return go_to(f"/referrals/{sent.id}")


@router.get("/referrals/{id}")
async def referral_page(id: str, visit: SignedIn, acts: Given) -> Response:
    visit.must(May.ANSWER)
    return await _shown(visit, acts, id)


@router.post("/referrals/{id}/looks")
async def uncover(id: str, visit: Meant, acts: Given, looks: Kept) -> Response:
    """The referral with what was written to who is asked, once the look is on record."""
    visit.must(May.ANSWER)
    found, _ = await acts.referral(id, visit.caller)
    return await _shown(visit, acts, id, uncovered=await api.looked(found, visit.caller.name, acts, looks))


@router.post("/referrals/{id}/links")
async def make_link(id: str, visit: Meant, acts: Given, links: links_api.Kept) -> Response:
    """The referral with a fresh one-time link, shown this once."""
    visit.must(May.WORK)
    try:
        made = await links_api.made(id, visit.caller, acts, links, visit.request)
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, id, problem=problem)
    return await _shown(visit, acts, id, link=made)


@router.post("/referrals/{id}/revocation")
async def revoke_links(id: str, visit: Meant, acts: Given, links: links_api.Kept) -> Response:
    visit.must(May.WORK)
    await links_api.revoke(id, visit.caller, acts, links)
    return go_to(f"/referrals/{id}")


@router.post("/referrals/{id}/{act}")
async def do(*, id: str, act: str, visit: Meant, form: Form, acts: Given, prints: Printed) -> Response:
    """One step; afterwards the referral, or the form again with what stands in the way."""
    visit.must(May.ANSWER)
    try:
        await _do(id, act, visit, form, acts=acts, key=prints.key(act, form["key"], form.words))
    except NotFound:
        raise
    except Problem as problem:
        return await _shown(visit, acts, id, problem=told(problem), form=form, act=act)
    return go_to(f"/referrals/{id}")


async def _do(id: str, act: str, visit: Visit, form: Filled, *, acts: Acts, key: Key | None) -> None:
    if act == "confirmation":
        visit.must(May.WORK)
        confirmation = bodies.ConfirmationBody(confirmed_by_person=form["confirmed_by_person"] == "yes")
        await api.confirm(id, confirmation, visit.caller, acts, key)
    elif act == "withdrawal":
        visit.must(May.WORK)
        await api.withdraw(id, body_of(bodies.WithdrawalBody, form.texts("reason")), visit.caller, acts, key)
    elif act == "keeping":
        kept = body_of(bodies.KeptBody, {"after": form["after"], "kept": form["kept"] == "yes"})
        await api.keep(id, kept, visit.caller, acts, key)
    elif act in ROUTES:
        fields: dict[str, Any] = form.texts("reason", "outcome", "kind", "result")
        fields["expected"] = bodies.evening(form["expected"])
        if form["answered_name"]:
            fields["answered_by"] = {"name": form["answered_name"], "channel": form["channel"]}
        step: Any = ROUTES[act]
        await step(id, body_of(BODIES[act][0], fields), visit.caller, acts, key)
    else:
        raise NotFound("There is no such act.", "查無此動作。")


async def _new(
    visit: Visit, acts: Acts, asked: Mapping[str, str], *, problem: Problem | None = None, form: Filled | None = None
) -> Response:
    service = _known(asked.get("service", ""), tuple(catalogue().services))
    need = asked.get("need", "")
    mine = sorted(visit.caller.counties - {"*"})
    county = asked.get("county") or (mine[0] if mine else await _county_of(asked, acts, visit))
    if county:
        must_cover(visit.caller, county)
    township = asked.get("township") or None
    offered = await acts.offers.offering(county, service, township, OFFERED + 1) if service and county else ()
    return visit.page(
        "referral_new.html", problem, service=service, need=need, meeting=catalogue().meeting(need) if need else (),
        offered=offered[:OFFERED], others=len(offered) > OFFERED, may_keep=may(visit.caller.role, May.KEEP),
        units=units_of(county) if county else [], needs=NEEDS,
        services=tuple(catalogue().services), is_service=catalogue().services.get(service),
        case_id=asked.get("case_id"), several=mine if len(mine) > 1 else (),
        typed=form or _Asked(asked), about=lambda entry: visit.label(entry.get("about", "").rpartition(".")[2]),
    )  # fmt: skip


async def _county_of(asked: Mapping[str, str], acts: Acts, visit: Visit) -> str:
    """The county of the case that a referral is made in; empty where none is said."""
    return await acts.county_of(asked.get("case_id"), visit.caller) or ""


async def _shown(
    visit: Visit, acts: Acts, id: str, *, problem: Problem | None = None, form: Filled | None = None, act: str = "",
    uncovered: WordsView | None = None, link: links_api.LinkView | None = None,
) -> Response:  # fmt: skip
    found, side = await acts.referral(id, visit.caller)
    names, service = await acts.offers.names([found.to]), catalogue().services[found.service]
    it = ReferralView.of(found, side)
    return visit.page(
        "referral.html", problem, it=it, has=found, service=service, side=side, provider=names.get(found.to),
        uncovered=uncovered, act_name=act,
        acts=_open_to(found, side, visit), of_receiver=tuple(ROUTES), refusals=catalogue().refusals,
        outcomes=catalogue().outcomes_of(found.service), withdrawals=WITHDRAWALS, writes_down=side == "sender",
        better=await acts.next_best(found) if found.state == "refused" and side == "sender" else (),
        link=link, may_link=side == "sender" and may(visit.caller.role, May.WORK) and bool(NEXT[found.state]),
        typed=form or _NOTHING, about=lambda entry: visit.label(entry.get("about", "").rpartition(".")[2]),
    )  # fmt: skip


def _open_to(referral: Referral, side: str, visit: Visit) -> Sequence[str]:
    """What may be done now, by this side."""
    if side == "outside":
        return ()
    service = catalogue().services[referral.service]
    steps = [act for act, (_, state) in BODIES.items() if state in NEXT[referral.state] and act not in NOTES]
    if referral.state in GOES_ON:
        steps += ["sessions"] if service.sessions else []
        steps += ["parts"] if any(part.is_open for part in referral.parts) else []
    if referral.state == "done" and referral.outcome in service.kept_of:
        steps.append("keeping")
    if side == "sender" and may(visit.caller.role, May.WORK):
        steps += ["confirmation"] if referral.state == "done" else []
        steps += ["withdrawal"] if "withdrawn" in NEXT[referral.state] else []
    return steps


class _Asked(Filled):
    """The fields that the address says."""

    def __init__(self, asked: Mapping[str, str]) -> None:
        super().__init__()
        self._asked = asked

    def __getitem__(self, name: str) -> str:
        return str(self._asked.get(name) or "")


def _known(code: str, codes: tuple[Any, ...]) -> Any:
    return code if code in codes else None
