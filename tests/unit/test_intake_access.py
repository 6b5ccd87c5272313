"""What each scope of a key opens."""

import pytest
from contracts.reports import SourceUnit
from intake.domain.access import Scope
from intake.domain.agency import Agency

OPENS = [
    ({"reports"}, "POST", "/v1/reports", True),
    ({"reports"}, "GET", "/v1/reports/1", True),
    ({"reports:write"}, "PATCH", "/v1/reports/1", True),
    ({"reports:write"}, "GET", "/v1/reports/1", False),
    ({"reports:read"}, "POST", "/v1/reports", False),
    ({"reports:read"}, "GET", "/v1/reports/1/receipt", True),
    ({"batches"}, "POST", "/v1/batches", True),
    ({"batches"}, "POST", "/v1/batches?roster", False),
    ({"rosters"}, "POST", "/v1/batches?roster", True),
    ({"rosters"}, "POST", "/v1/batches", False),
    ({"rosters"}, "GET", "/v1/batches/1", True),
    ({"webhook"}, "GET", "/v1/agencies/me", True),
    ({"webhook"}, "GET", "/v1/unheard-of", False),
    (set(), "GET", "/v1/unheard-of", True),
]


@pytest.mark.parametrize(("scopes", "method", "path", "opens"), OPENS)
def test_a_scope_opens_what_it_names_and_nothing_else(scopes: set[str], method: str, path: str, opens: bool) -> None:
    path, _, kind = path.partition("?")
    agency = Agency("a", SourceUnit.OTHER, frozenset({"*"}), scopes=frozenset(Scope(each) for each in scopes))
    assert agency.opens(method, path, kind) is opens
