"""Cases as they were stored before December 2026, with their tasks inside: what they are now."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from network.cases.domain.changes import part_id
from network.cases.domain.reports import MET_BY_DECIDING
from network.tasks.domain.task import Because, Task, task_id

Stored = Mapping[str, Any]

GONE = ("tasks", "meetings")
"""Fields that a case has no longer."""


def case_of(document: Stored) -> dict[str, Any]:
    """The case without its tasks: who took it on leads it, and a collaborator that pressed accept has joined."""
    lead = document["lead"]
    state = "withdrawn" if document["state"] == "withdrawn" else "accepted" if lead["accepted_by"] else "waiting"
    joined = {note["unit"]: note for note in document["history"] if note["what"] == "takes_part"}
    kept = {name: value for name, value in document.items() if name not in GONE}
    return kept | {
        "state": state,
        "lead": lead | {"person": lead["accepted_by"], "since": lead["accepted_at"] or document["opened_at"]},
        "collaborators": [_collaboration(document["_id"], each, joined) for each in document["collaborators"]],
    }


def tasks_of(document: Stored) -> Iterable[Task]:
    """The tasks of the case; what the decision itself met is owed no more."""
    joined = {each["report_id"]: each["joined_at"] for each in document["reports"]}
    for each in document.get("tasks", ()):
        since = joined[each["report_id"]]
        yield _task(document, each, since)


def _task(document: Stored, each: Stored, since: datetime) -> Task:
    met = each["id"] in MET_BY_DECIDING and each["state"] == "open"
    return Task(
        id=task_id(document["_id"], each["id"], each["unit"], each["report_id"]), what=each["id"], unit=each["unit"],
        county=document["county"], because=Because("report", each["report_id"]), since=since, due_at=each["due_at"],
        person=document["lead"]["accepted_by"] if each["unit"] == document["lead"]["unit"] else None,
        case_id=document["_id"], source=each["source"], verified=each["verified"],
        state="dropped" if met else each["state"], reason="met_by_deciding" if met else None,
        closed_at=since if met else each["closed_at"], closed_by=each["closed_by"],
    )  # fmt: skip


def _collaboration(case_id: str, each: Stored, joined: Mapping[str, Stored]) -> dict[str, Any]:
    note = joined.get(each["unit"])
    answer = (
        {"state": "joined", "person": note["by"], "answered_by": note["by"], "answered_at": note["at"]} if note else {}
    )
    return {**each, "id": part_id(case_id, f"before:{each['unit']}"), **answer}
