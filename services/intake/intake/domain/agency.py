"""A partner agency: what kind of unit it is, whose counties it reports to, and what its key opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from contracts.reports import SourceUnit

from intake.domain.access import Route, Scope, expanded, scopes_for

ALL_COUNTIES = "*"
SANDBOX = "sandbox"
"""The county of sandbox agencies' reports: no count, no board and no other service knows it."""


@dataclass(frozen=True, order=True)
class OauthClient:
    """An agency's identity at an OpenID provider: which provider, and its client id there."""

    issuer: str
    client_id: str


@dataclass(frozen=True)
class Agency:
    """Who posts; everything here comes from its key, never from a report's body. Without scopes it has all of them."""

    agency_id: str
    source_unit: SourceUnit
    counties: frozenset[str]
    active: bool = True
    sandbox: bool = False
    scopes: frozenset[Scope] = frozenset()
    rate: str | None = None
    """Requests to one process, as the `limits` library writes them; None for the default."""
    rates: Mapping[Route, str] = field(default_factory=dict)
    """Its own limits for kinds of requests, counted beside `rate`."""
    oauth_clients: frozenset[OauthClient] = frozenset()

    def reports_to(self, county: str) -> bool:
        return county in self.counties or ALL_COUNTIES in self.counties

    def opens(self, method: str, path: str, kind: str = "") -> bool:
        """Whether its key opens a request; every key may read about itself."""
        needed = scopes_for(method, path, kind)
        return needed is None or not self.scopes or bool(expanded(self.scopes) & needed)
