"""Times that people send: what was done lies in the past, what is planned is a task."""

from datetime import datetime

from contracts.languages import Said
from kit.problems import Unprocessable

from network.clock import past


def must_be_past(name: str, at: datetime | None) -> None:
    """Raises Unprocessable for a time of the field `name` that lies ahead."""
    if at and not past(at):
        raise wrong(name, "in_future", Said("時間不可晚於現在。", "Must not lie in the future."))


def wrong(name: str, code: str, said: Said) -> Unprocessable:
    """One field of a body that must be corrected; `name` is its place, as in `evidence/acknowledged/at`."""
    error = {"at": f"/body/{name}", "code": code, **said._asdict()}
    return Unprocessable("Correct the fields below and send again.", "請更正下列欄位後重新送出。", errors=[error])
