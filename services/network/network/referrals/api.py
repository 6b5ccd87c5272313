"""The API of referrals: sent, answered, begun, done, confirmed by the person; each side sees what is its own."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Literal

from contracts.roles import Caller, May
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After, Page
from kit.problems import Forbidden, NotFound, Unprocessable
from rules.calendars import NATIONAL
from web.callers import allowed

from network.access import Scope
from network.clock import now
from network.looks.api import looks_of
from network.looks.store import Look, Looks
from network.once import Key, Once
from network.referrals.acts import Acts, side_of
from network.referrals.bodies import (
    AcceptanceBody,
    CompletionBody,
    ConfirmationBody,
    KeptBody,
    PartBody,
    ReferralBody,
    RefusalBody,
    StepBody,
    WaitingBody,
    WithdrawalBody,
)
from network.referrals.domain import notes
from network.referrals.domain import referral as steps
from network.referrals.domain.referral import Referral, Said, State
from network.referrals.placing import PARTNER
from network.referrals.store import Sought
from network.referrals.views import ReferralsView, ReferralView, WordsView
from network.services import catalogue, one_of

router = APIRouter(prefix="/v1", tags=["referrals"])


async def acts_of(request: Request) -> Acts:
    acts: Acts = request.app.state.referrals
    return acts


Answerer = Annotated[Caller, allowed(May.ANSWER)]
Worker = Annotated[Caller, allowed(May.WORK)]
Sender = Annotated[Caller, allowed(May.REFER)]
Given = Annotated[Acts, Depends(acts_of)]
Kept = Annotated[Looks, Depends(looks_of)]


@router.get("/referrals", summary="Referrals that one's unit sent or that are addressed to it")
async def find(
    *,
    service: Annotated[str | None, Query(max_length=64)] = None,
    state: State | None = None,
    unit: Annotated[str | None, Query(max_length=80, description="Which sent them, or is asked")] = None,
    side: Annotated[Literal["to", "from_unit"] | None, Query(description="Of `unit`, or of one's own units")] = None,
    case_id: Annotated[str | None, Query(max_length=80)] = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Answerer,
    acts: Given,
) -> ReferralsView:
    sought = Sought(state, service, unit, await acts.ids(case_id), side)
    found, following = await listed(caller, acts, sought, after, limit)
    return ReferralsView(referrals=tuple(ReferralView.of(each, side_) for each, side_ in found), next=following)


@router.post("/referrals", status_code=201, summary="Refer a family to a service; who has no room is not asked")
async def send(body: ReferralBody, caller: Sender, acts: Given, key: Once) -> ReferralView:
    """A partner sends in its own name, of a person alone; the county's window follows it."""
    sent = await acts.send(body, caller, key)
    return ReferralView.of(sent, "outside" if sent.outside else "sender")


@router.get("/referrals/{id}", summary="One referral; of a refused one, who else offers what was asked")
async def get(id: str, caller: Answerer, acts: Given) -> ReferralView:
    found, side = await acts.referral(id, caller)
    return await shown(found, side, acts)


@router.post("/referrals/{id}/looks", summary="What was written to the side that is asked; the look is on record")
async def look(id: str, caller: Answerer, acts: Given, looks: Kept) -> WordsView:
    found, _ = await acts.referral(id, caller)
    return await looked(found, caller.name, acts, looks)


@router.post("/referrals/{id}/acceptance", summary="Taken on")
async def accept(id: str, body: AcceptanceBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    return await _step(id, accepting, body, caller=caller, acts=acts, key=key)


@router.post("/referrals/{id}/refusal", summary="Not taken on, for a reason: it comes back with who else offers it")
async def refuse(id: str, body: RefusalBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    return await _step(id, refusing(body.reason), body, caller=caller, acts=acts, key=key)


@router.post("/referrals/{id}/waiting", summary="No room yet: expected at about a time")
async def wait(id: str, body: WaitingBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    return await _step(id, waiting(body), body, caller=caller, acts=acts, key=key)


@router.post("/referrals/{id}/start", summary="The service began")
async def start(id: str, body: StepBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    return await _step(id, steps.started, body, caller=caller, acts=acts, key=key)


@router.post("/referrals/{id}/completion", summary="It ended, with what came of it")
async def complete(id: str, body: CompletionBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    found, _ = await acts.referral(id, caller)
    return await _step(id, completing(found, body), body, caller=caller, acts=acts, key=key)


@router.post("/referrals/{id}/parts", summary="One of the kinds that were asked: done with its result, or refused")
async def answer_part(id: str, body: PartBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    found, _ = await acts.referral(id, caller)
    return await _step(id, answering(found, body), body, caller=caller, acts=acts, key=key)


@router.post("/referrals/{id}/sessions", summary="The person and the service met once more")
async def hold_session(id: str, body: StepBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    found, _ = await acts.referral(id, caller)
    return await _step(id, meeting(found), body, caller=caller, acts=acts, key=key)


@router.post("/referrals/{id}/keeping", summary="Whether what the person got still holds, months later")
async def keep(id: str, body: KeptBody, caller: Answerer, acts: Given, key: Once) -> ReferralView:
    found, side = await acts.referral(id, caller)
    of: Literal["sender", "receiver"] = "receiver" if side == "receiver" else "sender"
    after = await acts.step(id, caller, keeping(found, body), of=of, key=key)
    return await shown(after, side, acts)


@router.post("/referrals/{id}/confirmation", summary="The person was asked whether they got what they came for")
async def confirm(id: str, body: ConfirmationBody, caller: Worker, acts: Given, key: Once) -> ReferralView:
    change = confirming(got_it=body.confirmed_by_person)
    return ReferralView.of(await acts.step(id, caller, change, of="sender", key=key), "sender")


@router.post("/referrals/{id}/withdrawal", summary="Asked no more")
async def withdraw(id: str, body: WithdrawalBody, caller: Worker, acts: Given, key: Once) -> ReferralView:
    change = withdrawing(body.reason)
    return ReferralView.of(await acts.step(id, caller, change, of="sender", key=key), "sender")


Change = Callable[[Referral, Said], Referral]


def accepting(referral: Referral, said: Said) -> Referral:
    return steps.accepted(referral, catalogue().services[referral.service].answer("acceptance"), said)


def refusing(reason: str) -> Change:
    def change(referral: Referral, said: Said) -> Referral:
        answer = catalogue().services[referral.service].answer("refusal", reason)
        return steps.refused(referral, answer, reason, said)

    return change


def waiting(body: WaitingBody) -> Change:
    """Raises Unprocessable for a time that is over, or so far ahead that nobody would chase an answer."""
    most, at = catalogue().waiting_at_most, now()
    if not at < body.expected <= NATIONAL.due(most, at):
        said = {"zh": f"預計時間須在未來，至多 {most}。", "en": f"expected must lie ahead, by {most} at most."}
        code = "past" if body.expected <= at else "too_far"
        raise Unprocessable(said["en"], said["zh"], errors=[{"at": "/body/expected", "code": code, **said}])
    return lambda referral, said: steps.waiting(referral, body.expected, said)


def completing(referral: Referral, body: CompletionBody) -> Change:
    """Raises Unprocessable for an outcome that the service does not have."""
    _must_be_one_of("outcome", body.outcome, catalogue().outcomes_of(referral.service))
    return lambda referral, said: steps.done(referral, body.outcome, said, body.confirmed_by_person)


def answering(referral: Referral, body: PartBody) -> Change:
    """Raises Unprocessable for a kind or a result that the service does not have."""
    service = catalogue().services[referral.service]
    _must_be_one_of("kind", body.kind, service.kinds)
    if body.reason is not None:
        reason = body.reason
        return lambda referral, said: notes.part_refused(referral, body.kind, reason, said)
    result = _must_be_one_of("result", body.result, service.results)
    return lambda referral, said: notes.part_done(referral, body.kind, result, said)


def meeting(referral: Referral) -> Change:
    """Raises Unprocessable for a service whose sessions nobody counts."""
    if not catalogue().services[referral.service].sessions:
        raise Unprocessable("This service counts no sessions.", "此服務不計次數。")
    return notes.session


def keeping(referral: Referral, body: KeptBody) -> Change:
    """Raises Unprocessable for a span after which this service does not ask, or an outcome of which it does not."""
    service = catalogue().services[referral.service]
    after = _must_be_one_of("after", body.after, tuple(map(str, service.kept_after)))
    if referral.outcome is not None:
        _must_be_one_of("outcome", referral.outcome, service.kept_of)
    return lambda referral, said: notes.kept(referral, after, said, holds=body.kept)


def _must_be_one_of(field: str, code: str | None, known: tuple[str, ...]) -> str:
    if code is None or code not in known:
        wrong = {"at": f"/body/{field}", "code": field, **one_of(known)._asdict()}
        raise Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[wrong])
    return code


def confirming(*, got_it: bool) -> Change:
    return lambda referral, said: steps.confirmed(referral, said, got_it=got_it)


def withdrawing(reason: str) -> Change:
    return lambda referral, said: steps.withdrawn(referral, reason, said)


async def listed(
    caller: Caller, acts: Acts, sought: Sought, after: str | None, limit: int
) -> Page[tuple[Referral, str]]:
    """Referrals that a caller may see, each with the side they stand on. Raises Forbidden, NotFound for a case."""
    scope = Scope.of(caller)
    if caller.role == PARTNER:
        if not caller.units:
            return [], None
        sought = replace(sought, outside=True)
    if sought.unit and scope.units and sought.unit not in scope.units:
        raise Forbidden("This token does not cover that unit.", "此權杖不含該單位。")
    if sought.case_ids and caller.role == PARTNER:
        raise NotFound("There is no such case.", "查無此共案。")
    found, following = await acts.referrals.find(scope, sought, after, limit)
    return [(each, side_of(each, caller) or "receiver") for each in found], following


async def shown(referral: Referral, side: str, acts: Acts) -> ReferralView:
    better = await acts.next_best(referral) if referral.state == "refused" and side == "sender" else ()
    return ReferralView.of(referral, side, better)


async def looked(referral: Referral, by: str, acts: Acts, looks: Looks) -> WordsView:
    """What was written, once the look is on record: of the referral alone, for who watches over either side sees it."""
    units = (referral.from_unit, referral.to)
    await looks.note(Look(now(), by, referral.county, "", referral.id, units, "referral"))
    tokens = [each for each in (referral.note, referral.person) if each]
    opened = dict(zip(tokens, await acts.sealing.open(tokens), strict=True)) if tokens else {}
    note, person = (opened.get(each) if each else None for each in (referral.note, referral.person))
    return WordsView(note=note, person=json.loads(person) if person else None)


async def _step(
    id: str, change: Change, body: StepBody, *, caller: Caller, acts: Acts, key: Key | None
) -> ReferralView:
    """A step of the side that is asked, or of the sender who writes it down."""
    _, side = await acts.referral(id, caller)
    after = await acts.step(id, caller, change, of="receiver", answered_by=body.answered_by, at=body.at, key=key)
    return await shown(after, side, acts)
