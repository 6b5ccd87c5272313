"""Safety Net's intake for a partner agency: reports, amendments, status, reconciliation and files."""

from contracts.people import Person, Place, Reporter, Role, Sex
from contracts.reports import Assessment, CaseType, Occurrence, Submission
from contracts.rosters import Roster

from safetynet_client.answers import Batch, Line, Numbers, Question, Receipt, Reconciled, ReportStatus, Row, WrongCell
from safetynet_client.asynchronous import AsyncSafetyNet
from safetynet_client.calls import Patience
from safetynet_client.client import SafetyNet
from safetynet_client.problems import (
    BadRequest,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NoAnswer,
    NotFound,
    Problem,
    SafetyNetError,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    UnsupportedMedia,
    WrongField,
)
from safetynet_client.tokens import ClientCredentials

__all__ = [
    "Assessment",
    "AsyncSafetyNet",
    "BadRequest",
    "Batch",
    "CaseType",
    "ClientCredentials",
    "Conflict",
    "Forbidden",
    "Gone",
    "Invalid",
    "Line",
    "NoAnswer",
    "NotFound",
    "Numbers",
    "Occurrence",
    "Patience",
    "Person",
    "Place",
    "Problem",
    "Question",
    "Receipt",
    "Reconciled",
    "ReportStatus",
    "Reporter",
    "Role",
    "Roster",
    "Row",
    "SafetyNet",
    "SafetyNetError",
    "Sex",
    "Submission",
    "TooLarge",
    "TooMany",
    "Unauthorized",
    "Unavailable",
    "UnsupportedMedia",
    "WrongCell",
    "WrongField",
]
