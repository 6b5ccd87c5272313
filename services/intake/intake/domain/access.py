"""What a key or a token opens, and which limit a request counts against, by its method and path."""

from collections.abc import Iterable
from enum import StrEnum

ROSTER = "roster"
"""The value of `kind` in the query for a roster."""


class Scope(StrEnum):
    """What a key may open. `reports` stands for both of its halves."""

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
    """The scopes, any of which opens a request; None when every key opens it; empty for an unknown path."""
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
    """Scopes, with `reports` split into its halves."""
    found = frozenset(scopes)
    return found | _HALVES if Scope.REPORTS in found else found


def route_of(method: str, path: str) -> Route:
    """The limit that a request counts against, beside the one for all requests."""
    part = path.removeprefix("/v1/").partition("/")[0]
    if method in _SAFE:
        return Route.READS
    return Route(part) if part in (Route.REPORTS, Route.BATCHES) else Route.OTHERS
