"""The API of tasks: what a unit or a person owes, the first due first."""

from typing import Annotated, Literal

from contracts.roles import Caller, May
from contracts.times import At
from fastapi import APIRouter, Depends, Query, Request
from kit.paging import After
from kit.problems import Forbidden
from web.callers import allowed

from network.access import Scope
from network.tasks.store import Tasks, Wanted
from network.tasks.views import TasksView, TaskView

router = APIRouter(prefix="/v1", tags=["tasks"])


async def tasks_of(request: Request) -> Tasks:
    tasks: Tasks = request.app.state.tasks
    return tasks


@router.get("/tasks", summary="What is owed, the first due first")
async def find_tasks(
    *,
    unit: Annotated[str | None, Query(max_length=80)] = None,
    person: Annotated[str | None, Query(max_length=60)] = None,
    state: Literal["open", "done", "dropped"] | None = "open",
    due_before: At | None = None,
    after: After | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    caller: Annotated[Caller, allowed(May.WORK)],
    tasks: Annotated[Tasks, Depends(tasks_of)],
) -> TasksView:
    scope = Scope.of(caller)
    if unit and not scope.speaks_for(unit):
        raise Forbidden("This token does not cover that unit.", "此權杖不含該單位。")
    wanted = Wanted(unit, person, state, due_before)
    found, following = await tasks.find(scope, wanted, after, limit)
    return TasksView(tasks=tuple(map(TaskView.model_validate, found)), next=following)
