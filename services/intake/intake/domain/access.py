"""What a key or a token opens, and by which limit a request is counted: told from its method and path."""

from collections.abc import Iterable
from enum import StrEnum

ROSTER = "roster"
"""The kind of a file that is a roster, as the query says it."""


class Scope(StrEnum):
    """What a key may open. `reports` is both of its halves."""

    REPORTS = "reports"
    REPORTS_WRITE = "reports:write"
    REPORTS_READ = "reports:read"
    BATCHES = "batches"
    ROSTERS = "rosters"
    RECONCILIATIONS = "reconciliations"
    WEBHOOK = "webhook"


class Route(StrEnum):
    """The kinds of request that have a limit of their own."""

    REPORTS = "reports"
    BATCHES = "batches"
    READS = "reads"
    OTHERS = "others"


_HALVES = frozenset({Scope.REPORTS_WRITE, Scope.REPORTS_READ})
_SAFE = ("GET", "HEAD")


def scopes_for(method: str, path: str, kind: str = "") -> frozenset[Scope] | None:
    """The scopes of which any one opens a request; None for what every key opens; none open an unknown path."""
    match path.removeprefix("/v1/").partition("/")[0]:
        case "agencies":
            return None
        case "reports":
            return frozenset({Scope.REPORTS_READ if method in _SAFE else Scope.REPORTS_WRITE})
        case "batches" if method in _SAFE:
            return frozenset({Scope.BATCHES, Scope.ROSTERS})
        case "batches":
            return frozenset({Scope.ROSTERS if kind == ROSTER else Scope.BATCHES})
        case part:
            return frozenset(scope for scope in Scope if scope == part)


def expanded(scopes: Iterable[Scope]) -> frozenset[Scope]:
    """Scopes with the halves of those that are whole."""
    found = frozenset(scopes)
    return found | _HALVES if Scope.REPORTS in found else found


def route_of(method: str, path: str) -> Route:
    """By which limit a request is counted, beside the one for all."""
    part = path.removeprefix("/v1/").partition("/")[0]
    if method in _SAFE:
        return Route.READS
    return Route(part) if part in (Route.REPORTS, Route.BATCHES) else Route.OTHERS
