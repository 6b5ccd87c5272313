"""What the side that is asked says by a Task, as a step of its referral: the same acts as the API's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.languages import Said as Words
from kit.bodies import MOST_ITEMS, few, holds_more_than
from kit.problems import Problem, TooLarge, Unprocessable
from pydantic import ValidationError

from network.referrals import api
from network.referrals.acts import Acts, other_side
from network.referrals.bodies import CompletionBody, WaitingBody
from network.referrals.domain import referral as steps
from network.referrals.domain.referral import Referral, Said, State
from network.referrals.fhir.outcomes import invalid
from network.referrals.fhir.resources import Task
from network.referrals.fhir.saying import OUTCOMES, REASONS, STATUS, version_of
from network.services import catalogue, one_of

HEARD: Mapping[str, State] = {status: state for state, status in STATUS.items()} | {"received": "waiting"}
"""`received` is no word of the guide, but of base FHIR: somebody looks at it, and says until when."""
Change = Callable[[Referral, Said], Referral]


class Stale(Problem):
    """Written over a version that is not the latest."""

    status, slug, title = 412, "stale", Words("版本已更新", "Changed since")


@dataclass(frozen=True)
class Heard:
    """What a Task says: the state, and what belongs to it."""

    state: State
    reason: str | None = None
    outcome: str | None = None
    until: datetime | None = None
    at: datetime | None = None


def read(body: bytes) -> Task:
    """A Task as somebody sends it, under whatever type. Raises TooLarge, or BadRequest that says where and how."""
    if holds_more_than(MOST_ITEMS, body):
        raise TooLarge(few(MOST_ITEMS).en, few(MOST_ITEMS).zh)
    try:
        return Task.model_validate_json(body)
    except ValidationError as error:
        raise invalid(error, Task) from None


def heard(task: Task, referral: Referral) -> Heard:
    """Raises Unprocessable for another referral's Task, and where what belongs to its status is missing."""
    _must_be_of(task, referral)
    state, period = HEARD[task.status], task.execution_period
    if state == "refused":
        return Heard(state, reason=_reason(task))
    if state == "waiting":
        return Heard(state, until=_until(task))
    if state == "done":
        return Heard(state, outcome=_outcome(task, referral), at=period.end if period else None)
    return Heard(state, at=period.start if period and state == "started" else None)


def changing(said: Heard, found: Referral, seen: str | None) -> Change:
    """The step from a referral to what a Task says; none where it says so already, so that a repeat is harmless.

    `seen`: the version that it was written over, where that was told. Raises Forbidden, Conflict, Unprocessable; as a
    step Stale.
    """
    step = None if _stands(found, said) else _step(said, found)

    def change(known: Referral, by: Said) -> Referral:
        if step is None or _stands(known, said):
            return known
        if seen is not None and seen != str(version_of(known)):
            raise Stale("The Task changed since: read it again, then write.", "此 Task 已更新：請重新讀取後再寫入。")
        return step(known, by)

    return change


def _stands(referral: Referral, said: Heard) -> bool:
    told = {"refused": (referral.reason, said.reason), "done": (referral.outcome, said.outcome),
            "waiting": (referral.expected_at, said.until)}  # fmt: skip
    before, after = told.get(said.state, (None, None))
    return referral.state == said.state and before == after


def _step(said: Heard, found: Referral) -> Change:
    if said.state == "withdrawn":
        raise other_side()
    if said.state == "sent":
        raise Acts.refused(f"referral_is_{found.state}", found.id)
    if said.state == "waiting":
        return api.waiting(WaitingBody.model_validate({"expected": said.until}))
    if said.state == "done":
        return api.completing(found, CompletionBody(outcome=str(said.outcome)))
    return {"accepted": api.accepting, "refused": api.refusing(str(said.reason)), "started": steps.started}[said.state]


def _must_be_of(task: Task, referral: Referral) -> None:
    if task.id != referral.id:
        raise _wrong("id", Words(f"請填路徑上的 id：{referral.id}。", f"Write the id of the path: {referral.id}."))
    about = f"ServiceRequest/{referral.id}"
    if task.focus and task.focus.reference and not _ends_with(task.focus.reference, about):
        raise _wrong("focus", Words(f"此 Task 的 focus 是 {about}。", f"The focus of this Task is {about}."))


def _ends_with(reference: str, about: str) -> bool:
    """An address of this server, or no address."""
    return reference == about or reference.endswith(f"/fhir/{about}")


def _reason(task: Task) -> str:
    code = task.status_reason.code(REASONS) if task.status_reason else None
    if code not in catalogue().refusals:
        raise _wrong("statusReason", _coded(REASONS, catalogue().refusals))
    return str(code)


def _until(task: Task) -> datetime:
    end = task.restriction.period.end if task.restriction and task.restriction.period else None
    if end is None:
        raise _wrong(
            "restriction.period.end",
            Words("請填預計何時可回覆：restriction.period.end。", "Say until when you expect to know."),
        )
    return end.replace(microsecond=end.microsecond // 1000 * 1000)  # as the database keeps it


def _outcome(task: Task, referral: Referral) -> str:
    values = [each.value_codeable_concept for each in task.output or () if each.value_codeable_concept]
    code = next((code for each in values if (code := each.code(OUTCOMES))), None)
    known = catalogue().outcomes_of(referral.service)
    if code not in known:
        raise _wrong("output", _coded(OUTCOMES, known))
    return str(code)


def _coded(system: str, known: tuple[str, ...]) -> Words:
    which = one_of(known)
    return Words(f"須有 {system} 的代碼。{which.zh}", f"It needs a coding of {system}. {which.en}")


def _wrong(at: str, said: Words) -> Unprocessable:
    entry: dict[str, Any] = {"at": f"Task.{at}", "code": "value", **said._asdict()}
    return Unprocessable(said.en, said.zh, errors=[entry])
