"""Where a report stands in the window: the stages that are open, and whose turn it is."""

from collections.abc import Collection, Mapping
from typing import Any

PENDING, INVESTIGATING, ARRIVED = "pending", "investigating", "arrived"
WAITING, RETURNED, ACCEPTED, SETTLED = "waiting", "returned", "accepted", "settled"

UNDECIDED = (PENDING, INVESTIGATING, ARRIVED)
"""Open in the ledger: a person must decide, someone visits the family first, or a transfer is to be taken."""
OURS = (*UNDECIDED, RETURNED)
"""The window must act."""
OPEN = (*OURS, WAITING)
"""The window must act, or a unit must accept."""


def holds(document: Mapping[str, Any]) -> bool:
    """Whether this county holds the report; of all counties that ever had it exactly one does."""
    return document.get("holds") is not False


def responsible(document: Mapping[str, Any]) -> str:
    """The unit that answers for a report: who sent it stays so until somebody accepted; silence is never acceptance."""
    if document["stage"] == ACCEPTED:
        return str(document["accepted"]["unit"])
    if not holds(document):
        other = document.get("transfer") or document["arrived_from"]
        return f"{other.get('to') or other['county']}/window"
    return f"{document['county']}/window"


def concerns(document: Mapping[str, Any], units: Collection[str]) -> bool:
    """Whether any of these units was sent for a report, takes part or took it on; without units every report does."""
    decision, sent = document["decision"], document["stage"] not in UNDECIDED
    answers = {decision["unit"], *decision["collaborators"]} if sent else set()
    return not units or not answers.union({(document.get("accepted") or {}).get("unit")}).isdisjoint(units)
