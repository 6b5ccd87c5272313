"""Words in two languages: what the catalogues of every service's pages say, and what is wrong with one."""

import re
from collections import Counter
from pathlib import Path

import pytest
from web.catalogues import one_of, pairs
from web.pages import Templates

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


def test_what_is_counted_has_a_word_for_one_in_a_language_that_has_one(tmp_path: Path) -> None:
    forms = '"Plural-Forms: nplurals={}; plural={};\\n"'
    head = 'msgid ""\nmsgstr ""\n"Language: {}\\n"\n{}\n\n'
    counted = 'msgid "days"\nmsgid_plural "days"\n'
    zh, en = head.format("zh_Hant_TW", forms.format(1, 0)), head.format("en", forms.format(2, "(n != 1)"))
    catalogue(tmp_path / "locale", "zh_Hant_TW", f'{zh}{counted}msgstr[0] "{{}} 日"\n')
    catalogue(tmp_path / "locale", "en", f'{en}{counted}msgstr[0] "{{}} day"\nmsgstr[1] "{{}} days"\n')
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "days.html").write_text("{{ n('days', 1) }} {{ n('days', 2) }} {{ n('days', 0) }}")
    pages = Templates(tmp_path)
    assert pages.page("days.html", "en") == "1 day 2 days 0 days"
    assert pages.page("days.html", "zh") == "1 日 2 日 0 日"


COUNTED = re.compile(
    r"(\{\w*\}|\{\}) (reports|duplicates|tasks|cases|senders|messages|people|times|days|item\(s\))(?![\w-])"
)
MANY = {"last_days", "silent_sender", "unseen", "export_ends"}
"""Said of numbers that are never one: settings, and decimals."""


@pytest.mark.parametrize(("folder", "domain"), DOMAINS, ids=lambda each: str(each).removeprefix(f"{SERVICES}/"))
def test_nothing_that_may_be_one_is_said_as_if_it_were_many(folder: Path, domain: str) -> None:
    said = pairs(folder, domain)
    many = {key for key, words in said.items() if COUNTED.search(words.en) and one_of(key) not in said}
    assert many - MANY == set(), "give it a plural form and say it by n()"


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
