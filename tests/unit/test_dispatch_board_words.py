"""Every word that a page of the window uses exists in both languages, and once."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dispatch
import pytest
from babel import Locale
from contracts.languages import LANGUAGES
from dispatch.board.view import GROUPS
from dispatch.site.places import _romanised, township
from dispatch.site.words import _words, reason
from jinja2 import Environment, FileSystemLoader, nodes
from web import catalogues, pages
from web.times import LOCALES

PACKAGE = Path(dispatch.__file__).parent
TEMPLATES = Environment(loader=FileSystemLoader(sorted(PACKAGE.glob("*/templates"))))


def of_templates() -> Iterator[tuple[str, str]]:
    """Each word that a template names by itself, not by a variable, with the template."""
    for name in TEMPLATES.list_templates(["html"]):
        source, _, _ = TEMPLATES.loader.get_source(TEMPLATES, name) if TEMPLATES.loader else ("", "", None)
        for call in TEMPLATES.parse(source).find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "t" and isinstance(call.args[0], nodes.Const):
                yield call.args[0].value, name


def of_code() -> Iterator[tuple[str, str]]:
    """Each word that the code names by itself."""
    for file in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                if called == "word":
                    yield str(node.args[0].value), file.name


@pytest.mark.parametrize(("key", "where"), sorted({*of_templates(), *of_code()}))
def test_a_word_that_a_page_uses_exists_in_both_languages(key: str, where: str) -> None:
    said = _words().get(key)
    assert said is not None, f"{where}: add {key} to the catalogues in dispatch/site/locale/"
    assert all(said)


@pytest.mark.parametrize("group", GROUPS)
def test_every_list_has_a_heading(group: str) -> None:
    assert f"group.{group}" in _words()


@pytest.mark.parametrize("locale", LOCALES.values(), ids=str)
def test_no_word_is_said_in_two_catalogues(locale: Locale) -> None:
    folders = [home / "locale" / str(locale) / "LC_MESSAGES" for home in (PACKAGE / "site", pages.HERE)]
    texts = [path.read_text("utf-8") for folder in folders for path in folder.glob("*.po")]
    said = Counter(key for text in texts for key in re.findall(r'^msgid "(.+)"$', text, re.MULTILINE))
    assert said
    assert [key for key, count in said.items() if count > 1] == []


def test_every_language_has_its_locale() -> None:
    assert tuple(LOCALES) == LANGUAGES
    assert tuple(str(locale) for locale in LOCALES.values()) == catalogues.LOCALES


@pytest.mark.parametrize(
    ("said", "zh", "en"),
    [
        ("wrong_area", "非本轄區", "Not our area"),
        ("他單位已在案", "他單位已在案", "他單位已在案"),
        ("open", "open", "open"),  # free text is no key of another word
    ],
)
def test_why_a_report_came_back_is_said_in_the_language_of_the_page(said: str, zh: str, en: str) -> None:
    assert (reason(said, "zh"), reason(said, "en")) == (zh, en)


# --- townships -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("vendored")
@pytest.mark.parametrize(
    ("name", "zh", "en"),
    [
        ("民雄鄉", "民雄鄉", "Minxiong"),
        ("布袋鎮", "布袋鎮", "Budai"),
        ("太保市", "太保市", "Taibao City"),
        ("東區", "東區", "East District"),
        ("台西鄉", "台西鄉", "Taixi"),
        ("無此鄉", "無此鄉", "無此鄉"),
        (None, "", ""),
    ],
)
def test_a_township_is_romanised_in_english_and_stays_where_no_name_is_known(
    name: str | None, zh: str, en: str
) -> None:
    assert (township(name, "zh"), township(name, "en")) == (zh, en)


def test_without_the_atlas_a_township_keeps_its_chinese_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("dispatch.site.places.VENDOR", tmp_path)
    _romanised.cache_clear()
    assert township("民雄鄉", "en") == "民雄鄉"
    _romanised.cache_clear()
