"""Reports as they were stored before December 2026, their sender's reference in the clear: sealed as intake starts."""

from collections.abc import Iterable

from contracts.event import Sealed
from kit.sealed import KeyVault

from intake.arrivals import Sealing
from intake.refs import SCOPE
from intake.store import Reports


class Earlier:
    """Brings them up, each by itself: replicas that start at once do it once."""

    def __init__(self, reports: Reports, vault: KeyVault, sealing: Sealing) -> None:
        self._reports = reports
        self._vault = vault
        self._sealing = sealing

    async def prepare(self) -> None:
        """What is sent again is then still the report that was taken, and a reference goes with its key."""
        async for document in self._reports.with_open_refs():
            agency, ref = document["agency_id"], document["report"]["sender_ref"]
            claim = self._sealing.claim_of_ref(agency, ref)
            claims = [claim if each == f"{agency} ref {ref}" else each for each in document.get("claims", [])]
            token = await self._sealed(document["_id"], document["sealed"].values(), ref)
            await self._reports.seal_ref(document["_id"], claims, token)

    async def _sealed(self, id: str, tokens: Iterable[str], ref: str) -> Sealed | None:
        """The reference under a key of its own; None where the report was erased."""
        if not await self._vault.standing(map(Sealed, tokens)):
            return None
        await self._vault.keep([key := self._vault.new_key(id, SCOPE)])
        return key.seal({"sender_ref": ref})
