"""Where a report stands in the window: the stages that are open, and whose turn it is."""

PENDING, INVESTIGATING, ARRIVED = "pending", "investigating", "arrived"
WAITING, RETURNED, ACCEPTED, SETTLED = "waiting", "returned", "accepted", "settled"

UNDECIDED = (PENDING, INVESTIGATING, ARRIVED)
"""Open in the ledger: a person must decide, someone visits the family first, or a transfer is to be taken."""
OURS = (*UNDECIDED, RETURNED)
"""The window must act."""
OPEN = (*OURS, WAITING)
"""The window must act, or a unit must accept."""
