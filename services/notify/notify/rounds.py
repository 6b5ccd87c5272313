"""Which hour of a schedule was kept last: whichever replica looks, and however long all of them were away."""

from datetime import datetime

from kit.mongo import Database, insert_new


class Rounds:
    """One document a schedule. What is done in a round has ids of its own, since two replicas may both do it."""

    def __init__(self, database: Database) -> None:
        self._rounds = database["rounds"]

    async def is_due(self, name: str, at: datetime) -> bool:
        """Whether the round that was due `at` is to be done; one from before the first look is not."""
        found = await self._rounds.find_one({"_id": name})
        if found is None:
            await insert_new(self._rounds, [{"_id": name, "at": at}])
            return False
        return bool(found["at"] < at)

    async def done(self, name: str, at: datetime) -> None:
        await self._rounds.update_one({"_id": name, "at": {"$lt": at}}, {"$set": {"at": at}})
