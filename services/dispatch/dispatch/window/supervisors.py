"""Who of a county's supervisors is named when a unit gave a report back for the second time."""

import json
from collections.abc import Mapping
from typing import Any

from kit.mongo import Document

SUPERVISOR = "supervisor"
ANY: Document = {"by": "", "name": ""}
"""Nobody is named by the settings: any supervisor of the county decides."""


class Supervisors:
    """The officers of the setting `OFFICERS` who supervise; the first that is listed for a county is named."""

    def __init__(self, listed: str = "[]") -> None:
        self._listed: list[Mapping[str, Any]] = [each for each in json.loads(listed) if each["role"] == SUPERVISOR]

    def of(self, county: str) -> Document:
        """`{by, name}` of the supervisor who answers for a county, or ANY."""
        theirs = (each for each in self._listed if county in each["counties"] or "*" in each["counties"])
        named = min(theirs, key=lambda each: county not in each["counties"], default=None)
        return {"by": named["username"], "name": named["name"]} if named else ANY
