"""What keepers do with the directory: write, look again, confirm; once, whoever races."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from contracts.event import Sealed
from contracts.roles import Caller
from kit.problems import Conflict, NotFound
from web.callers import must_cover

from network import words
from network.clock import now
from network.directory.bodies import EntryBody, SiteBody
from network.directory.domain.entry import Content, Entry, Refused, Site, confirmed, looked_at, written
from network.directory.store import Directory, Refusals
from network.sealing import Sealing

Assured = tuple[datetime, str]


@dataclass(frozen=True)
class Writing:
    """What somebody writes of one provider, over the version that they have `seen` (0: none), where that is said.

    `assured`: who confirmed it and when, where that comes with it from elsewhere.
    """

    id: str
    body: EntryBody
    seen: int | None = None
    assured: Assured | None = None


@dataclass(frozen=True)
class Acts:
    """Changes of entries in the name of who makes them."""

    directory: Directory
    sealing: Sealing

    async def entry(self, id: str, caller: Caller) -> Entry:
        """Raises NotFound, also for an entry of another county."""
        found = await self.directory.get(id)
        if found is None or not caller.sees(found.county):
            raise NotFound("There is no such provider in the directory.", "名冊中沒有這個單位。")
        return found

    async def write(self, id: str, body: EntryBody, caller: Caller, seen: int | None = None) -> Entry:
        """The entry as somebody writes it. Raises Forbidden for another county, Conflict."""
        try:
            [(_, after)] = await self.write_all([Writing(id, body, seen)], caller)
        except Refusals as error:
            raise conflict(error) from None
        return after

    async def write_all(self, writings: Sequence[Writing], caller: Caller) -> list[tuple[Entry | None, Entry]]:
        """Each entry before and after: all that was written, or none of it. Raises Forbidden, Refusals."""
        at, sealed = now(), {each.id: await self._sealed(each) for each in writings}
        for each in writings:
            must_cover(caller, each.body.county)

        def work(known: Entry | None, writing: Writing) -> Entry:
            if writing.seen is not None and writing.seen != (known.version if known else 0):
                raise Refused("written_since", writing.id)
            content = with_secrets(writing.body.content(writing.id, at), known, sealed[writing.id])
            county = writing.body.county
            return written(known, writing.id, county, content, by=caller.name, at=at, assured=writing.assured)

        by_id = {each.id: each for each in writings}
        return await self.directory.change(list(by_id), lambda each, known: work(known, by_id[each]), at=at)

    async def look(self, id: str, caller: Caller, *, right: bool) -> Entry:
        """The entry after the second look. Raises NotFound, Conflict."""
        return await self._step(id, caller, lambda known: looked_at(known, right=right, by=caller.name, at=now()))

    async def confirm(self, id: str, caller: Caller) -> Entry:
        """The entry that is still true. Raises NotFound."""
        return await self._step(id, caller, lambda known: confirmed(known, by=caller.name, at=now()))

    async def _step(self, id: str, caller: Caller, step: Callable[[Entry], Entry]) -> Entry:
        await self.entry(id, caller)
        try:
            [(_, after)] = await self.directory.change([id], lambda _, known: step(_there(known)), at=now())
        except Refusals as error:
            raise conflict(error) from None
        return after

    async def _sealed(self, writing: Writing) -> Mapping[str, Sealed]:
        secret = [each for each in writing.body.sites if each.is_secret and each.secrets]
        return {each.id: await self.sealing.seal(writing.id, _secrets(each)) for each in secret}


def conflict(error: Refusals) -> Conflict:
    """Everything that stands in the way, each by the entry that it is about, or the other one that is in its way."""
    told = [(each, words.of(f"missing.{each.code}")) for each in error.refused]
    errors = [{"code": each.code, "about": each.by or each.id, **said._asdict()} for each, said in told]
    return Conflict(told[0][1].en, told[0][1].zh, errors=errors)


def with_secrets(content: Content, known: Entry | None, sealed: Mapping[str, Sealed]) -> Content:
    """What is said, with the sealed secrets of its sites: new ones, or those that a site had before."""
    return replace(content, sites=tuple(_with_secret(each, known, sealed) for each in content.sites))


def _with_secret(site: Site, known: Entry | None, sealed: Mapping[str, Sealed]) -> Site:
    if not site.secret:
        return site
    before = known.site(site.id) if known else None
    return replace(site, sealed=sealed.get(site.id) or (before.sealed if before else None))


def _secrets(site: SiteBody) -> str:
    return json.dumps(site.secrets)


def _there(known: Entry | None) -> Entry:
    assert known, "an entry is never deleted"
    return known
