"""What is decided of a report, or suggested of it, and why."""

from dataclasses import dataclass
from datetime import datetime

from contracts.decisions import Because, Clock, Outcome, TableVersion

from dispatch.domain.people.duplicates import Relation
from dispatch.domain.triage.jurisdiction import Competence
from dispatch.domain.triage.nearest import Nearest


@dataclass(frozen=True)
class Decision:
    """What is decided of a report, or suggested while a person must decide; `version` rises with every one.

    `until_accepted`: another county on the platform must accept the report before it is theirs.
    """

    version: int
    outcome: Outcome
    priority: int
    decided_at: datetime
    decided_by: str
    unit: str | None = None
    collaborators: tuple[str, ...] = ()
    duplicate_of: str | None = None
    transferred_to: str | None = None
    until_accepted: bool = False
    because: tuple[Because, ...] = ()
    nearest: Nearest | None = None
    clocks: tuple[Clock, ...] = ()
    resources: tuple[str, ...] = ()
    relation: Relation | None = None
    competence: Competence | None = None
    table: TableVersion | None = None
    by_person: bool = False


@dataclass(frozen=True)
class Said:
    """What the table said: kept beside what a person decided."""

    outcome: Outcome
    priority: int
