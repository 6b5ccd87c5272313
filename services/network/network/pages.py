"""Pages for caseworkers: sign-in, the open cases by what is due first, and one case as a whole."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

from contracts.cases import CaseId
from contracts.reports import ReportId
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from fastapi.templating import Jinja2Templates
from kit.auth import Caller
from kit.problems import Problem, language
from kit.sessions import Sessions, must_be_same_site

from network import graph, words
from network.desk import WORKERS, Desk
from network.domain.case import Task
from network.handlers import now
from network.people import People
from network.store import Cases

HERE = Path(__file__).parent
MOST = 200
RETURN_REASONS = ("wrong_area", "wrong_service", "served_elsewhere", "conflict_of_interest", "incomplete")
_SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def static() -> StaticFiles:
    return StaticFiles(directory=HERE / "static")


class Pages:
    """Renders templates with the words, the time and the person of one request."""

    def __init__(self) -> None:
        self._templates = Jinja2Templates(directory=HERE / "templates")
        filters = {"both": words.both, "when": words.when, "left": words.left, "urgency": words.urgency}
        self._templates.env.filters.update(filters)
        self._templates.env.globals["words"] = words.of

    def show(self, request: Request, name: str, status: int = 200, **facts: Any) -> Response:
        context = {"now": now(), "person": None} | facts
        return self._templates.TemplateResponse(request, name, context, status_code=status, headers=_SAFE)

    def problem(self, request: Request, person: Caller | None, problem: Problem) -> Response:
        facts = {"title": problem.title[::-1], "detail": problem.detail[language(request)]}
        return self.show(request, "problem.html", problem.status, person=person, **facts)


def routes(cases: Cases, desk: Desk, people: People, sessions: Sessions) -> APIRouter:
    """The pages; whoever is not signed in is sent to the sign-in."""
    router = APIRouter(include_in_schema=False)
    pages = Pages()

    async def as_person(request: Request, act: Callable[[Caller], Awaitable[Response]]) -> Response:
        person = sessions.of(request)
        if person is None or person.role not in WORKERS:
            return _go("/sign-in")
        try:
            return await act(person)
        except Problem as problem:
            return pages.problem(request, person, problem)

    @router.get("/sign-in")
    async def sign_in_page(request: Request) -> Response:
        return pages.show(request, "sign_in.html", failed=False)

    @router.post("/sign-in")
    async def sign_in(request: Request, username: Annotated[str, Form()], password: Annotated[str, Form()]) -> Response:
        must_be_same_site(request)
        person = await sessions.check(username, password)
        if person is None or person.role not in WORKERS:
            return pages.show(request, "sign_in.html", 401, failed=True)
        answer = _go("/")
        sessions.sign_in(request, answer, username)
        return answer

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        must_be_same_site(request)
        answer = _go("/sign-in")
        sessions.sign_out(answer)
        return answer

    @router.get("/")
    async def list_page(request: Request) -> Response:
        async def show(person: Caller) -> Response:
            found = await cases.soonest_due(desk.scope(person), MOST)
            return pages.show(request, "cases.html", person=person, cases=found, most=MOST)

        return await as_person(request, show)

    @router.get("/cases/{id}")
    async def case_page(request: Request, id: CaseId) -> Response:
        async def show(person: Caller) -> Response:
            case = await desk.case(id, person)
            members, unreadable = await people.of(case)
            return pages.show(
                request,
                "case.html",
                person=person,
                case=case,
                members=members,
                unreadable=unreadable,
                duplicates=await cases.duplicates_of([each.report_id for each in case.reports]),
                graph=graph.draw(case, members),
                tasks=_by_state_and_due(case.tasks),
                reasons=RETURN_REASONS,
                may_act=desk.scope(person).speaks_for(case),
            )

        return await as_person(request, show)

    @router.post("/cases/{id}/acceptances")
    async def accept(request: Request, id: CaseId, report_id: Annotated[ReportId, Form()]) -> Response:
        async def act(person: Caller) -> Response:
            must_be_same_site(request)
            await desk.accept(id, report_id, person, person.name)
            return _go(f"/cases/{id}")

        return await as_person(request, act)

    @router.post("/cases/{id}/returns")
    async def give_back(
        request: Request, id: CaseId, report_id: Annotated[ReportId, Form()], reason: Annotated[str, Form()]
    ) -> Response:
        async def act(person: Caller) -> Response:
            must_be_same_site(request)
            await desk.return_(id, report_id, person, reason if reason in RETURN_REASONS else "other", person.name)
            return _go(f"/cases/{id}")

        return await as_person(request, act)

    return router


def _go(where: str) -> Response:
    return RedirectResponse(where, status_code=303, headers=_SAFE)


def _by_state_and_due(tasks: Sequence[Task]) -> list[Task]:
    """What is owed before what is done, the first due before the others."""
    never = datetime.max.replace(tzinfo=UTC)
    return sorted(tasks, key=lambda task: (task.state != "open", task.due_at or never))
