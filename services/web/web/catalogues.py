"""The words of pages in zh-TW and English: gettext catalogues, read as they are written; nothing is compiled."""

from functools import cache
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from contracts.languages import Said

LOCALES = ("zh_Hant_TW", "en")


def one_of(key: str) -> str:
    """Under which key a single one is said of what `key` counts."""
    return f"{key}[1]"


@cache
def pairs(folder: Path, domain: str = "*") -> dict[str, Said]:
    """Each key of `folder/<locale>/LC_MESSAGES/<domain>.po` with its words in zh-TW and English.

    What is counted (`msgid_plural`) is found under its key, and under `one_of` its key where it is one.
    Raises LookupError for a key that only one of the languages has, and for a folder without catalogues.
    """
    zh, en = (_said(folder / locale / "LC_MESSAGES", domain) for locale in LOCALES)
    if not zh or zh.keys() != en.keys():
        lacking = ", ".join(sorted(zh.keys() ^ en.keys())) or "no catalogue is here"
        raise LookupError(f"{folder}: say in every language of {LOCALES}: {lacking}")
    return {key: Said(zh[key], en[key]) for key in zh}


def _said(folder: Path, domain: str) -> dict[str, str]:
    said: dict[str, str] = {}
    for path in sorted(folder.glob(f"{domain}.po")):
        with path.open("rb") as file:
            for each in read_po(file):
                said |= _forms(each) if each.pluralizable else {str(each.id): str(each.string)}
    return {key: words for key, words in said.items() if key}


def _forms(message: Message) -> dict[str, str]:
    key, forms = str(message.id[0]), [str(each) for each in message.string or ()]
    return {key: forms[-1], one_of(key): forms[0]}
