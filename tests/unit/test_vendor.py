"""What pages take from npm: locked without addresses, cut to a county's shapes, and in the image."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from contracts.codes import names

from deploy.tools import vendor

LOCK = json.loads((vendor.ROOT / "package-lock.json").read_text("utf-8"))
SQUARE = {"COUNTYENG": "Chiayi County", "TOWNNAME": "民雄鄉", "TOWNENG": "Minxiong Township"}


def atlas(*arcs: list[Any]) -> dict[str, Any]:
    shapes = [{"type": "Polygon", "arcs": rings, "properties": SQUARE} for rings in arcs]
    return {"arcs": [[[0, 0]], [[1, 1]], [[2, 2]], [[3, 3]]], "transform": {"scale": [1, 1]}, "shapes": shapes}


def test_the_lock_names_versions_and_hashes_and_no_registry() -> None:
    packages = [each for name, each in LOCK["packages"].items() if name]
    assert all(each["integrity"].startswith("sha512-") for each in packages)
    assert "resolved" not in json.dumps(LOCK)


def test_every_file_that_is_copied_is_of_a_locked_package() -> None:
    wanted = LOCK["packages"][""]["dependencies"]
    assert {vendor._package(source) for source in (*vendor.FILES, *vendor.WEIGHTS, *vendor.LICENSES)} == wanted.keys()


def test_a_part_of_an_atlas_holds_the_arcs_of_its_shapes_alone_also_those_drawn_backwards() -> None:
    whole = atlas([[0]], [[3, ~1]])
    cut = vendor.part(whole, whole["shapes"][1:], vendor.LEVELS["towns"])
    [shape] = cut["objects"]["shapes"]["geometries"]
    assert shape["arcs"] == [[0, ~1]]
    assert cut["arcs"] == [[[3, 3]], [[1, 1]]]
    assert shape["properties"] == {"town": "民雄鄉", "zh": "民雄鄉", "en": "Minxiong Township"}


def test_a_copy_that_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vendor").mkdir()
    (tmp_path / "vendor" / vendor.LISTED).write_text("{}")
    monkeypatch.setattr(vendor, "MODULES", tmp_path / "nothing")
    with pytest.raises(FileNotFoundError):
        vendor.main(tmp_path / "vendor", tmp_path / "fonts")
    assert (tmp_path / "vendor" / vendor.LISTED).read_text() == "{}"


@pytest.mark.usefixtures("vendored")
def test_every_county_has_its_towns_and_villages(tmp_path: Path) -> None:
    vendor.main(tmp_path / "vendor", tmp_path / "fonts")
    for level in vendor.LEVELS:
        found = {
            path.name.removesuffix(f".{level}.json") for path in (tmp_path / "vendor/shapes").glob(f"*.{level}.json")
        }
        assert found == set(names("counties", date.max))
    assert (
        json.loads((tmp_path / "vendor" / vendor.LISTED).read_text()).keys()
        == LOCK["packages"][""]["dependencies"].keys()
    )


@pytest.mark.usefixtures("vendored")
def test_every_township_has_one_name_in_english(tmp_path: Path) -> None:
    vendor.main(tmp_path / "vendor", tmp_path / "fonts")
    towns = json.loads((tmp_path / "vendor/towns.json").read_text("utf-8"))
    shapes = [shape["properties"] for shape in vendor._atlas("towns")["objects"]["towns"]["geometries"]]
    assert {(each["TOWNNAME"], each["TOWNENG"]) for each in shapes} == set(towns.items())


def test_an_image_of_dispatch_without_the_boards_libraries_is_not_built() -> None:
    dockerfile = (vendor.ROOT / "deploy/Dockerfile").read_text("utf-8")
    served = vendor.TARGET.relative_to(vendor.ROOT / "services/dispatch")
    assert f"test -f /srv/{served}/{vendor.LISTED}" in dockerfile
    assert dockerfile.index("COPY services/") < dockerfile.index(f"{served}/{vendor.LISTED}")
