"""What this server does, as a CapabilityStatement."""

from collections.abc import Mapping, Sequence
from typing import Any

from network.referrals.fhir.kinds import kinds
from network.referrals.fhir.saying import REQUEST_PROFILE, TASK_PROFILE


def statement() -> dict[str, Any]:
    """The CapabilityStatement: what can be asked, and how somebody says who they are."""
    return {
        "resourceType": "CapabilityStatement", "status": "active", "date": kinds().since, "kind": "instance",
        "fhirVersion": "4.0.1", "format": ["json"], "software": {"name": "Safety Net: network"},
        "implementation": {"description": "Referrals to health partners: the side that is asked reads and answers."},
        "rest": [{
            "mode": "server",
            "security": {"description": "Authorization: Bearer, the token of a partner or of a unit that is asked."},
            "resource": [
                _resource("Task", TASK_PROFILE, ("read", "search-type", "update"), _SEARCHED),
                _resource("ServiceRequest", REQUEST_PROFILE, ("read",)),
            ],
        }],
    }  # fmt: skip


_SEARCHED = ({"name": "status", "type": "token"},)


def _resource(
    type: str, profile: str, doing: Sequence[str], searched: Sequence[Mapping[str, str]] = ()
) -> dict[str, Any]:
    found: dict[str, Any] = {
        "type": type, "supportedProfile": [profile], "interaction": [{"code": each} for each in doing],
        "versioning": "versioned", "updateCreate": False,
    }  # fmt: skip
    return found | ({"searchParam": list(searched)} if searched else {})
