"""Where a report stands in the window: the stages, those that are open, and whose turn it is."""

from enum import StrEnum


class Stage(StrEnum):
    """Whose turn it is: the window's, a unit's, or nobody's."""

    PENDING = "pending"
    INVESTIGATING = "investigating"
    ARRIVED = "arrived"
    WAITING = "waiting"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    SETTLED = "settled"


UNDECIDED = (Stage.PENDING, Stage.INVESTIGATING, Stage.ARRIVED)
"""Open in the ledger: a person must decide, someone visits the family first, or a transfer is to be taken."""
OURS = (*UNDECIDED, Stage.RETURNED)
"""The window must act."""
OPEN = (*OURS, Stage.WAITING)
"""The window must act, or a unit must accept."""
