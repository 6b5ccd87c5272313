"""Where everybody is known, kept in order: written again by command, and without whom nobody can read any more."""

from kit.sealed import KeyVault

from network.stores import Stores

EVERY = 60.0
"""In seconds, how often some entries are looked through; nobody is answered by what is destroyed meanwhile."""


class Knowing:
    """The index beside its sources and the vault."""

    def __init__(self, kept: Stores, vault: KeyVault) -> None:
        self._kept = kept
        self._vault = vault
        self._after = ""

    async def rebuild(self) -> int:
        """Write every entry again from its source; how many sources were read."""
        read = await self._kept.known.rebuild(self._kept.sources, self._kept.book)
        await self.forget()
        while self._after:
            await self.forget()
        return read

    async def forget(self) -> None:
        """Look through the next entries, from the beginning again after the last."""
        self._after = await self._kept.known.forget(self._vault, self._kept.book, self._after)
