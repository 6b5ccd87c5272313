"""In which townships a provider can be met for a service: what a search by distance goes by.

A secret site is nowhere, also where it is known whom it serves.
"""

from collections.abc import Iterator

from network.directory.domain.entry import Content, Entry, Offer, Site
from network.directory.townships import nearest

ANY, NOWHERE = "*", ""
"""Any service; no township that anybody said."""


def key(service: str, township: str) -> str:
    return f"{service}|{township}"


def keys(entry: Entry) -> list[str]:
    """Each service of an entry in each township where it is; under `ANY` whatever it offers."""
    said = entry.content
    found = {(offer.service, town) for offer in said.services for town in _of_offer(entry.county, said, offer)}
    somewhere = {town for _, town in found if town} or set(_of(entry.county, said.sites)) or {NOWHERE}
    return sorted(key(service, town) for service, town in found | {(ANY, town) for town in somewhere})


def _of_offer(county: str, said: Content, offer: Offer) -> set[str]:
    """Where its sites are, those of the provider where it names none; of who has no site, whom it serves."""
    sites = tuple(each for each in said.sites if each.id in offer.sites) or said.sites
    served = () if sites else offer.townships
    return {*_of(county, sites), *served} or {NOWHERE}


def _of(county: str, sites: tuple[Site, ...]) -> Iterator[str]:
    for each in sites:
        if each.secret:
            continue
        if each.township:
            yield each.township
        elif each.latitude is not None and each.longitude is not None:
            yield nearest(county, each.latitude, each.longitude) or NOWHERE
