"""The form's page: one for everybody, in zh-TW or English; what it asks for each case type comes as data."""

import json
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from kit.problems import language
from web.catalogues import pairs

from contracts import codes, laws, words
from intake import rules
from intake.clock import now
from intake.domain.serial import taipei_day

HERE = Path(__file__).parent
LANGUAGES = ("zh", "en")
EXIT = "https://www.cwa.gov.tw/"
"""Where a reader who must not be seen here goes: the weather office, which anyone may be looking at."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
}

Codes = Mapping[str, str]
Asks = Mapping[str, Mapping[str, Any]]

router = APIRouter(include_in_schema=False)


@router.get("/form")
async def form(request: Request) -> Response:
    """What it sends goes to `POST /v1/reports` like every other report."""
    lang = language_of(request)
    return HTMLResponse(page(lang, taipei_day(now())), headers=HEADERS | {"Content-Language": _TAGS[lang]})


def static() -> StaticFiles:
    """The form's script and style."""
    return StaticFiles(directory=HERE / "static")


def language_of(request: Request) -> str:
    """The language asked for in `?lang=`; else English for browsers that prefer it, zh-TW for all others."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return str(asked)
    return "zh" if language(request) or "en" not in request.headers.get("accept-language", "").lower() else "en"


def page(lang: str, today: date) -> str:
    """The page in a language, with the code lists in force on a day."""
    other = LANGUAGES[1 - LANGUAGES.index(lang)]
    return (
        _templates()
        .get_template("form.html")
        .render(
            t=lambda key: _in(lang, _said()[key]),
            tag=_TAGS[lang],
            other=other,
            other_tag=_TAGS[other],
            asks=asks(),
            for_types=for_types,
            codes=lambda of: code_names(of, lang, today),
            exit=EXIT,
            facts=json.dumps(facts(lang), ensure_ascii=False),
        )
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


def code_names(of: str, lang: str, today: date) -> Codes:
    """The codes of a list in force on a day, with their names."""
    return {
        code: zh if lang == "zh" or zh.isascii() else _english(of, code) for code, zh in codes.names(of, today).items()
    }


def facts(lang: str) -> Mapping[str, Any]:
    """What the script needs: the duties as intake judges them, and its texts."""
    return {
        "duties": [
            {name: cell for name, cell in row.items() if name not in ("id", "zh")} for row in rules.data("duties")
        ],
        "words": {key: _in(lang, pair) for key, pair in _words("spoken").items()},
        "laws": laws.names(lang),
        "sources": {unit: _in(lang, said) for unit, said in words.SOURCE_UNITS.items()},
    }


_TAGS = {"zh": "zh-Hant-TW", "en": "en"}


def _in(lang: str, pair: Sequence[str]) -> str:
    return pair[LANGUAGES.index(lang)]


def _english(of: str, code: str) -> str:
    return code.replace("-", " ").title() if of == "counties" else code.replace("_", " ").capitalize()


def _values(cell: object) -> Sequence[object]:
    return cell if isinstance(cell, list) else [cell]


@cache
def _said() -> Mapping[str, Sequence[str]]:
    """The form's own words, and those of the contract's codes."""
    return {**words.every(), **_words("form")}


@cache
def _words(domain: str) -> Mapping[str, tuple[str, str]]:
    return pairs(HERE / "locale", domain)


@cache
def _data(name: str) -> Any:
    return yaml.safe_load((files("intake.form") / f"{name}.yaml").read_text("utf-8"))


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
