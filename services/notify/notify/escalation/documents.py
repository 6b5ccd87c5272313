"""A run as it is kept in the document of its message."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any

from kit.mongo import Document

from notify.domain.escalation import Policy, Quiet, Run, Step, Taken


def document_of(run: Run) -> Document:
    """With its policy: what is in force later changes nothing of a run that has begun."""
    fields = {**vars(run)} | {"policy": _policy_document(run.policy)}
    return fields | {"taken": [taken_document(each) for each in run.taken], "unable": list(run.unable)}


def taken_document(taken: Taken) -> Document:
    return {**vars(taken)} | {"by": list(taken.by)}


def run_of(document: Mapping[str, Any] | None) -> Run | None:
    if not document:
        return None
    taken = tuple(Taken(**each | {"by": tuple(each["by"])}) for each in document["taken"])
    kept = {"policy": _policy(document["policy"]), "taken": taken, "unable": tuple(document["unable"])}
    return Run(**{**document, **kept})


def _policy_document(policy: Policy) -> Document:
    steps = [{"after": each.after.total_seconds(), "whom": each.whom, "by": list(each.by)} for each in policy.steps]
    quiet = [policy.quiet.start.isoformat(), policy.quiet.end.isoformat()] if policy.quiet else None
    return {"id": policy.id, "version": policy.version, "steps": steps, "quiet": quiet} | (
        {"again": policy.again.total_seconds()} if policy.again else {}
    )


def _policy(kept: Mapping[str, Any]) -> Policy:
    steps = tuple(Step(timedelta(seconds=each["after"]), each["whom"], tuple(each["by"])) for each in kept["steps"])
    quiet = Quiet(*map(time.fromisoformat, kept["quiet"])) if kept["quiet"] else None
    again = timedelta(seconds=kept["again"]) if kept.get("again") else None
    return Policy(kept["id"], kept["version"], steps, quiet, again)
