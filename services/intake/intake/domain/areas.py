"""Townships and villages under the names that the list has, so that all readers know one place by one name."""

from collections.abc import Iterator
from typing import Any

from rules.places import township_of, village_of

Node = dict[str, Any]


def name_areas(public: Node) -> None:
    """Write the listed name for each township and village of a form: 民雄鄉 for 民雄 or 嘉義縣民雄鄉.

    What is not listed, or may be one of several, stays as it came: it is flagged.
    """
    near = public.get("county")
    for place in _places(public):
        county = place.get("county")
        read = township_of(place["township"], county, near) if place.get("township") else None
        if read and read.name:
            place["township"] = read.name
            if read.village:
                place.setdefault("village", read.village)
        if place.get("village"):
            place["village"] = (
                village_of(place["village"], read.name if read else None, county or near) or place["village"]
            )


def _places(form: Node) -> Iterator[Node]:
    """Where it happened and where people live; a roster's entry is a place itself."""
    found = [form, form.get("event", {}).get("place"), *(each.get("residence") for each in form.get("people", ()))]
    return (each for each in found if each)
