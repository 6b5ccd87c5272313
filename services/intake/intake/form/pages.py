"""The form's page: one for everybody, in zh-TW or English; what it asks for each case type comes as data."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from contracts.languages import Lang, Said
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from rules.taiwan import taipei_day
from web.catalogues import pairs
from web.headers import SCRIPT, TRUSTED_TYPES, headers
from web.language import language, spoken
from web.pages import Templates

from contracts import codes, laws, words
from intake import rules
from intake.clock import now

HERE = Path(__file__).parent
EXIT = "https://www.cwa.gov.tw/"
"""Where a reader who must not be seen here goes: the weather office, which anyone may be looking at."""
HEADERS = headers(*SCRIPT, TRUSTED_TYPES, form_action="'none'")

Codes = Mapping[str, str]
Asks = Mapping[str, Mapping[str, Any]]

router = APIRouter(include_in_schema=False)


@router.get("/form")
async def form(request: Request) -> Response:
    """What it sends goes to `POST /v1/reports` like every other report."""
    lang = language(request)
    return spoken(HTMLResponse(page(lang, taipei_day(now())), headers=HEADERS), lang)


def static() -> StaticFiles:
    """The form's script and style."""
    return StaticFiles(directory=HERE / "static")


def page(lang: Lang, today: date) -> str:
    """The page in a language, with the code lists in force on a day."""
    return _templates().page(
        "form.html",
        lang,
        asks=asks(),
        for_types=for_types,
        codes=lambda of: code_names(of, lang, today),
        exit=EXIT,
        facts=json.dumps(facts(lang), ensure_ascii=False),
    )


@cache
def asks() -> Asks:
    """What is asked for each case type, in the order in which the types are offered."""
    found: Asks = _data("asks")
    return found


def for_types(cell: str, value: str | None = None) -> str:
    """The case types whose `cell` has this value (or any), as the page marks a field with them."""
    return " ".join(
        name for name, row in asks().items() if (row.get(cell) if value is None else value in _values(row.get(cell)))
    )


def code_names(of: str, lang: Lang, today: date) -> Codes:
    """The codes of a list in force on a day, with their names."""
    return {
        code: zh if lang == "zh" or zh.isascii() else _english(of, code) for code, zh in codes.names(of, today).items()
    }


def facts(lang: Lang) -> Mapping[str, Any]:
    """What the script needs: the duties as intake judges them, and its texts."""
    return {
        "duties": [
            {name: cell for name, cell in row.items() if name not in ("id", "zh")} for row in rules.data("duties")
        ],
        "words": {key: said.in_(lang) for key, said in _spoken().items()},
        "laws": laws.names(lang),
        "sources": {unit: said.full.in_(lang) for unit, said in words.SOURCE_UNITS.items()},
    }


def _english(of: str, code: str) -> str:
    return code.replace("-", " ").title() if of == "counties" else code.replace("_", " ").capitalize()


def _values(cell: object) -> Sequence[object]:
    return cell if isinstance(cell, list) else [cell]


@cache
def _spoken() -> Mapping[str, Said]:
    """The words of the script."""
    return pairs(HERE / "locale", "spoken")


@cache
def _data(name: str) -> Any:
    return yaml.safe_load((files("intake.form") / f"{name}.yaml").read_text("utf-8"))


@cache
def _templates() -> Templates:
    return Templates(HERE, "form", {code: said.full for code, said in words.every().items()})
