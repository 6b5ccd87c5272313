"""Communication tests on pages: begun by a supervisor, who answered how fast, what was never answered."""

from contracts.roles import May, may
from fastapi import APIRouter
from fastapi.responses import Response
from kit.problems import Problem
from web.frame import Form, Meant, PageRoute, SignedIn, Visit, body_of, go_to

from notify.exercises import api
from notify.exercises.api import Given, TestOrder
from notify.exercises.running import Rehearsal
from notify.places import counties_of

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get("/tests")
async def tests_page(visit: SignedIn, rehearsal: Given) -> Response:
    return await _all(visit, rehearsal)


@router.post("/tests")
async def begin(visit: Meant, form: Form, rehearsal: Given) -> Response:
    """Raises Forbidden for who may not."""
    visit.must(May.GOVERN)
    try:
        made = await api.post_test(body_of(TestOrder, form.texts("county")), rehearsal, visit.caller)
    except Problem as problem:
        return await _all(visit, rehearsal, problem)
    return go_to(f"/tests/{made.test_id}")


@router.get("/tests/{test_id}")
async def test_page(test_id: str, visit: SignedIn, rehearsal: Given) -> Response:
    return await _one(test_id, visit, rehearsal)


@router.post("/tests/{test_id}/answers")
async def answer(test_id: str, visit: Meant, rehearsal: Given) -> Response:
    """Raises NotFound where nothing waits for an answer of this person."""
    await api.post_answer(test_id, rehearsal, visit.caller)
    return go_to(f"/tests/{test_id}")


async def _all(visit: Visit, rehearsal: Rehearsal, problem: Problem | None = None) -> Response:
    tests = (await api.list_tests(rehearsal, visit.caller)).tests
    may_begin = may(visit.caller.role, May.GOVERN)
    return visit.page("tests.html", problem, tests=tests, places=counties_of(visit.caller), may_begin=may_begin)


async def _one(id: str, visit: Visit, rehearsal: Rehearsal) -> Response:
    test = await api.get_test(id, rehearsal, visit.caller)
    answered = sorted((each for each in test.calls if each.answered_at), key=lambda each: each.seconds or 0)
    silent = [each for each in test.calls if not each.answered_at]
    waits = any(each.person == visit.caller.name and each.sent_at for each in silent)
    return visit.page("test.html", test=test, answered=answered, silent=silent, waits=waits)
