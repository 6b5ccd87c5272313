"""What a form of a meeting asks for, by its name: the same acts as the API's, from the fields of a page."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from contracts.roles import Caller
from kit.problems import NotFound
from web.frame import Filled, body_of

from network.meetings import bodies
from network.meetings.acts import Acts
from network.meetings.coming import attending, end
from network.meetings.coming_rows import came
from network.meetings.conduct import Conduct
from network.meetings.followed import Followed, Spot
from network.meetings.listing_bodies import DelistingBody, KeepingBody, ListingBody
from network.meetings.lists import Lists, no_listing
from network.meetings.minutes_api import approve, correct
from network.meetings.paper_bodies import PaperBody
from network.meetings.papers import Papers
from network.meetings.planning import Planning, call, cancelling, moving
from network.once import Key

TICKED = "units", "collaborators", "guests", "only_for"
ON_LISTS = "listing", "keeping", "delisting"


class Desk:
    """Somebody's acts on a meeting, as the forms of its pages name them."""

    def __init__(self, acts: Acts, papers: Papers, caller: Caller) -> None:
        self._acts = acts
        self._papers = papers
        self._caller = caller
        self._planning, self._conduct, self._followed = Planning(acts), Conduct(acts), Followed(acts)
        self._lists = Lists(acts)

    async def of_meeting(self, id: str, act: str, form: Filled, key: Key | None) -> None:
        """Raises NotFound for an act that there is not, and whatever the act raises."""
        change, conduct = self._acts.change, self._conduct
        match act:
            case "call":
                await change(id, self._caller, call, key=key)
            case "date":
                body = body_of(bodies.MoveBody, _fields(form, "reason", "room", "link", "place", at="at"))
                why = await self._acts.coded(id, body.reason)
                await change(id, self._caller, moving(body, why), key=key)
            case "chair":
                await self._planning.swap(
                    id, body_of(bodies.ChairBody, _fields(form, "chair", "swap_with")), self._caller, key
                )
            case "cancellation":
                reason = await self._acts.coded(id, body_of(bodies.ReasonBody, _fields(form, "reason")).reason)
                await change(id, self._caller, cancelling(reason), key=key)
            case "attendance":
                await change(id, self._caller, attending(body_of(bodies.AttendanceBody, came(form))), key=key)
            case "end":
                await change(id, self._caller, end, key=key)
            case "minutes":
                await correct(id, body_of(bodies.CorrectionsBody, _fields(form, "text")), self._caller, self._acts, key)
            case "approval":
                await approve(id, self._caller, self._acts, key)
            case "items":
                fields = _fields(form, "case_id", "topic", "reason", "scheme", "minutes", "guests")
                await conduct.add(id, body_of(bodies.ItemBody, fields), self._caller, key)
            case _:
                raise no_act()

    async def of_item(self, id: str, item: str, act: str, form: Filled, key: Key | None) -> None:
        """Raises NotFound for an act that there is not, and whatever the act raises."""
        conduct, caller = self._conduct, self._caller
        steps: Mapping[str, tuple[type[bodies.Body], Callable[..., Awaitable[Any]], tuple[str, ...]]] = {
            "note": (bodies.NoteBody, conduct.note, ("text",)),
            "deferral": (bodies.ReasonBody, conduct.put_off, ("reason",)),
            "drop": (bodies.ReasonBody, conduct.drop, ("reason",)),
            "conflicts": (bodies.ConflictBody, conduct.keep_from, ("person", "reason")),
            "raise": (bodies.RaiseBody, conduct.raise_, ("to", "reason")),
            "answer": (bodies.AnswerBody, conduct.answer, ("text",)),
            "paper": (PaperBody, self._papers.write, ("unit", "text", "proposal", "only_for", "draft")),
        }
        if act == "closing":
            await conduct.close(id, item, caller, key)
        elif act == "decisions":
            await conduct.decide(id, item, body_of(bodies.DecisionBody, _decision(form)), caller, key)
        elif act in ON_LISTS:
            await self._on_list(id, item, act, form, key)
        elif act in steps:
            body, step, names = steps[act]
            await step(id, item, body_of(body, _fields(form, *names)), caller, key)
        else:
            raise no_act()

    async def _on_list(self, id: str, item: str, act: str, form: Filled, key: Key | None) -> None:
        """The case of an item is put on a list that its meetings keep, stays there, or leaves it."""
        _, found = await self._acts.item(id, item, self._caller)
        standings = await self._lists.at(found, self._caller)
        lists, known = {each.list for each in standings}, {each.known.id for each in standings if each.known}
        if act == "listing" and found.case_id and form["list"] in lists:
            body = body_of(ListingBody, {"list": form["list"], "because": form["reason"] or None})
            await self._lists.put(found.case_id, body, self._caller, key)
        elif act == "keeping" and form["listing"] in known:
            kept = body_of(KeepingBody, _fields(form, "reason"))
            await self._lists.keep(form["listing"], kept, self._caller, key)
        elif act == "delisting" and form["listing"] in known:
            measured = body_of(DelistingBody, _fields(form, "score", "reason", at="at"))
            await self._lists.take_off(form["listing"], measured, self._caller, key)
        else:
            raise no_listing()

    async def of_decision(self, spot: Spot, act: str, form: Filled, key: Key | None) -> None:
        """Raises NotFound for an act that there is not, and whatever the act raises."""
        followed, caller = self._followed, self._caller
        match act:
            case "outcome":
                fields = _fields(form, "state", "evidence", "reason") | {"figures": _figures(form)}
                body = body_of(bodies.OutcomeBody, fields)
                await followed.outcome(spot, body, caller, key)
            case "telling":
                await followed.told(spot, bodies.ToldBody(), caller, key)
            case "adoption":
                await followed.adopt(spot, caller, key)
            case "withdrawal":
                body_ = body_of(bodies.ReasonBody, _fields(form, "reason"))
                await followed.withdraw(spot, body_, caller, key)
            case _:
                raise no_act()


def no_act() -> NotFound:
    return NotFound("There is no such act.", "查無此動作。")


def _decision(form: Filled) -> dict[str, Any]:
    fields = _fields(form, "what", "lead", "person", "collaborators", "evidence", due_at="due_at")
    if form["tells"]:
        fields["tells_person"] = {"who": form["tells"], "how": form["how"] or "in_person"}
    if form.all("dissent"):
        fields["dissent"] = tuple({"unit": each} for each in form.all("dissent"))
    return fields


def _figures(form: Filled) -> dict[str, str]:
    """Figures by name, a row each; a row without a name is none."""
    rows = zip(form.every("figure"), form.every("figure_value"), strict=False)
    return {name: value for name, value in rows if name or value}


def _fields(form: Filled, *names: str, **times: str) -> dict[str, Any]:
    """These fields as the API takes them: lists of what was ticked, times on a clock in Taiwan."""
    fields: dict[str, Any] = form.texts(*(each for each in names if each not in TICKED))
    fields |= {each: tuple(form.all(each)) for each in names if each in TICKED}
    return fields | {name: form.time(field) for name, field in times.items() if form[field]}
