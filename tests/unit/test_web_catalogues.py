"""Words in two languages: what the catalogues of every service's pages say, and what is wrong with one."""

import re
from collections import Counter
from pathlib import Path

import pytest
from web.catalogues import pairs

SERVICES = Path(__file__).parents[2] / "services"
CATALOGUES = sorted(SERVICES.glob("*/*/**/LC_MESSAGES/*.po"))
DOMAINS = sorted({(path.parents[2], path.stem) for path in CATALOGUES})
PLACEHOLDER = re.compile(r"\{[^}]*\}")


def catalogue(folder: Path, locale: str, text: str, domain: str = "pages") -> None:
    path = folder / locale / "LC_MESSAGES" / f"{domain}.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_a_key_has_its_words_in_both_languages_of_every_domain(tmp_path: Path) -> None:
    for domain in ("a", "b"):
        catalogue(tmp_path, "zh_Hant_TW", f'msgid "{domain}.hello"\nmsgstr "你好"\n', domain)
        catalogue(tmp_path, "en", f'msgid "{domain}.hello"\nmsgstr "Hello"\n', domain)
    assert pairs(tmp_path) == {"a.hello": ("你好", "Hello"), "b.hello": ("你好", "Hello")}
    assert pairs(tmp_path, "b") == {"b.hello": ("你好", "Hello")}


def test_a_key_that_one_language_lacks_is_named(tmp_path: Path) -> None:
    catalogue(tmp_path, "zh_Hant_TW", 'msgid "hello"\nmsgstr "你好"\n')
    catalogue(tmp_path, "en", 'msgid "bye"\nmsgstr "Bye"\n')
    with pytest.raises(LookupError, match="bye, hello"):
        pairs(tmp_path)


def test_no_catalogue_at_all_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(LookupError, match=re.escape(str(tmp_path))):
        pairs(tmp_path)


@pytest.mark.parametrize(("folder", "domain"), DOMAINS, ids=lambda each: str(each).removeprefix(f"{SERVICES}/"))
def test_every_key_is_said_in_both_languages_with_the_same_placeholders(folder: Path, domain: str) -> None:
    for key, (zh, en) in pairs(folder, domain).items():
        assert bool(zh.strip()) == bool(en.strip()), f"{key} is left empty in one language"
        assert sorted(PLACEHOLDER.findall(zh)) == sorted(PLACEHOLDER.findall(en)), key


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda each: str(each.relative_to(SERVICES)))
def test_no_key_is_said_twice_in_a_catalogue(path: Path) -> None:
    said = Counter(re.findall(r'^msgid "(.+)"$', path.read_text("utf-8"), re.MULTILINE))
    assert [key for key, count in said.items() if count > 1] == []
