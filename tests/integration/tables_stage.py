"""Decision tables as a supervisor changes them."""

import json
from datetime import date, timedelta

from dispatch.policy import packaged_text
from dispatch.publishing.draft_text import started_from

from tests.integration.dispatch_reports import COUNTY, TODAY
from tests.integration.dispatch_stage import people

SOON = TODAY + timedelta(days=2)


def text(*changes: tuple[str, str], day: date = SOON, county: str = COUNTY) -> str:
    """The county's packaged table from a later day on, with changes."""
    found = started_from(packaged_text(county), county, "王督導", day)
    for old, new in changes:
        assert old in found
        found = found.replace(old, new, 1)
    return found


def supervisors() -> dict[str, str]:
    """The people of Chiayi County, and a second supervisor."""
    listed = json.loads(people()["officers"])
    return {"officers": json.dumps([*listed, listed[1] | {"username": "second", "name": "林督導"}])}
