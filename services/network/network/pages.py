"""Pages for caseworkers: sign-in, the open cases by what is due first, and one case as a whole."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from contracts.cases import CaseId
from contracts.reports import ReportId
from contracts.roles import Caller
from contracts.words import RETURN_REASONS
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from kit.problems import Conflict, Problem
from web.door import Door, SignInFirst
from web.headers import headers
from web.language import language, remembering
from web.pages import Templates
from web.sessions import Session

from network import words
from network.access import Scope
from network.cases import deeds, graph
from network.cases.api import Parts
from network.cases.family import People
from network.cases.store import Sought
from network.clock import now
from network.tasks.domain.task import Task

HERE = Path(__file__).parent
MOST = 200


def static() -> StaticFiles:
    return StaticFiles(directory=HERE / "static")


class Pages:
    """Renders templates with the words, the time and the person of one request."""

    def __init__(self) -> None:
        self._templates = Templates(HERE)

    def show(self, request: Request, session: Session | None, name: str, status: int = 200, **facts: Any) -> Response:
        lang = language(request)
        told = words.Speech(lang, now()).facts | _of_visit(request, session) | facts
        return remembering(HTMLResponse(self._templates.page(name, lang, **told), status, headers()), request, lang)

    def sign_in(self, request: Request, facts: Mapping[str, Any], status: int) -> Response:
        """The page at the door."""
        return self.show(request, None, "sign_in.html", status, **facts)

    def problem(self, request: Request, session: Session | None, problem: Problem) -> Response:
        return self.show(request, session, "problem.html", problem.status, problem=problem)


def routes(parts: Parts, people: People, door: Door, pages: Pages) -> APIRouter:
    """The pages; whoever is not signed in is shown the way in."""
    router = APIRouter(include_in_schema=False)

    async def as_person(request: Request, act: Callable[[Session], Awaitable[Response]]) -> Response:
        session = await door.must_be_in(request)
        try:
            return await act(session)
        except Problem as problem:
            return pages.problem(request, session, problem)

    async def acting(request: Request, csrf: str, act: Callable[[Caller], Awaitable[object]], where: str) -> Response:
        """Do what a form asks for, then show the page that it was on."""
        session = None
        try:
            session = await door.must_mean_it(request, csrf)
            await act(session.person.caller)
        except SignInFirst:
            raise
        except Problem as problem:
            return pages.problem(request, session, problem)
        return RedirectResponse(where, status_code=303, headers=headers())

    @router.get("/")
    async def list_page(request: Request) -> Response:
        async def show(session: Session) -> Response:
            found = await parts.cases.soonest_due(Scope.of(session.person.caller), Sought(), MOST)
            return pages.show(request, session, "cases.html", cases=found, most=MOST)

        return await as_person(request, show)

    @router.get("/cases/{id}")
    async def case_page(request: Request, id: CaseId) -> Response:
        async def show(session: Session) -> Response:
            person = session.person.caller
            case = await parts.acts.case(id, person)
            members, unreadable = await people.of(case)
            return pages.show(
                request,
                session,
                "case.html",
                case=case,
                members=members,
                unreadable=unreadable,
                duplicates=await parts.cases.duplicates_of([each.report_id for each in case.reports]),
                graph=graph.draw(case, members),
                tasks=_by_state_and_due(case.tasks),
                reasons=tuple(RETURN_REASONS),
                may_act=Scope.of(person).speaks_for(case.lead.unit),
            )

        return await as_person(request, show)

    @router.post("/cases/{id}/acceptances")
    async def accept(
        request: Request, id: CaseId, report_id: Annotated[ReportId, Form()], csrf: Annotated[str, Form()]
    ) -> Response:
        async def take(by: Caller) -> None:
            case, _ = await parts.acts.act(id, by, deeds.accept(report_id))
            who = next((each.accepted_by for each in case.reports if each.report_id == report_id), None)
            if who != by.name:
                raise Conflict(f"{who} was faster: this report is theirs.", f"{who} 較快：這件通報已由其接案。")

        return await acting(request, csrf, take, f"/cases/{id}")

    @router.post("/cases/{id}/returns")
    async def give_back(
        request: Request,
        id: CaseId,
        report_id: Annotated[ReportId, Form()],
        reason: Annotated[str, Form()],
        csrf: Annotated[str, Form()],
    ) -> Response:
        why = reason if reason in RETURN_REASONS else "other"
        return await acting(
            request, csrf, lambda by: parts.acts.act(id, by, deeds.give_back(report_id, why)), f"/cases/{id}"
        )

    return router


def _of_visit(request: Request, session: Session | None) -> dict[str, Any]:
    """What the bar of every page tells of who asked for it."""
    here = request.url.path if request.method == "GET" else "/"
    if session is None:
        return {"here": here, "person": None, "counties": ()}
    counties = [each for each in sorted(session.person.caller.counties) if each != "*"]
    return {"here": here, "person": session.person, "csrf": session.csrf, "counties": counties}


def _by_state_and_due(tasks: Sequence[Task]) -> list[Task]:
    """What is owed before what is done, the first due before the others."""
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(tasks, key=lambda task: (task.state != "open", task.due_at or never))
