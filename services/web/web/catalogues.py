"""The words of pages in zh-TW and English: gettext catalogues, read as they are written; nothing is compiled."""

from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po
from contracts.languages import Said

LOCALES = ("zh_Hant_TW", "en")


@cache
def pairs(folder: Path, domain: str = "*") -> dict[str, Said]:
    """Each key of `folder/<locale>/LC_MESSAGES/<domain>.po` with its words in zh-TW and English.

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
            said |= {str(each.id): str(each.string) for each in read_po(file) if each.id}
    return said
