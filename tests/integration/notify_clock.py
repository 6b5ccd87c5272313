"""A clock for what notify keeps: time passes by moving everything that was kept into the past."""

from datetime import datetime, timedelta
from typing import Any

from kit.mongo import Collection, Session, transact


async def time_passes(documents: Collection, span: timedelta) -> None:
    """Whatever was kept lies that much longer back, at one instant, so that what is due by then is due now."""

    async def move(session: Session) -> None:
        async for document in documents.find({}, session=session):
            fields = {name: _moved(value, span) for name, value in document.items() if name not in ("_id", "outbox")}
            await documents.update_one({"_id": document["_id"]}, {"$set": fields}, session=session)

    await transact(documents.database.client, move)


def _moved(value: Any, span: timedelta) -> Any:
    if isinstance(value, datetime):
        return value - span
    if isinstance(value, dict):
        return {name: _moved(each, span) for name, each in value.items()}
    return [_moved(each, span) for each in value] if isinstance(value, list) else value
