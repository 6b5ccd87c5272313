"""What anybody may see of an entry: what two people have seen, where it is marked for the public."""

from network.directory.domain.entry import Content, Entry


def shown(entry: Entry) -> Content | None:
    """What the public is told: as it was looked at last; None where nobody looked, or it is not for the public."""
    said = entry.content if entry.is_looked_at else entry.before
    return said if said and said.public and not entry.withdrawn else None


def towns(said: Content) -> tuple[str, ...]:
    """Where it is, else whom it serves; none: the whole county."""
    there = {each.township for each in said.sites if each.township and not each.secret}
    served = {town for offer in said.services for town in offer.townships}
    return tuple(sorted(there or served))
