"""Who of a county's supervisors is named when a unit gave a report back for the second time."""

import json
from collections.abc import Mapping
from typing import Any

from dispatch.domain.report.report import Assignee

SUPERVISOR = "supervisor"


class Supervisors:
    """The officers of the setting `OFFICERS` who supervise; the first that is listed for a county is named."""

    def __init__(self, listed: str = "[]") -> None:
        self._listed: list[Mapping[str, Any]] = [each for each in json.loads(listed) if each["role"] == SUPERVISOR]

    def of(self, county: str) -> Assignee:
        """The supervisor who answers for a county; where the settings name nobody, any of the county."""
        theirs = (each for each in self._listed if county in each["counties"] or "*" in each["counties"])
        named = min(theirs, key=lambda each: county not in each["counties"], default=None)
        return Assignee(named["username"], named["name"]) if named else Assignee()
