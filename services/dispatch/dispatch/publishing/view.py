"""Decision tables, drafts and replays as the page words them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from contracts.languages import Lang
from rules.spans import TAIPEI

from dispatch.domain.tables.table import DecisionTable, Row
from dispatch.domain.tables.wording import asked, differences
from dispatch.policy import Policies
from dispatch.publishing.draft_text import Written
from dispatch.publishing.drafts import Draft, Replay, Version
from dispatch.publishing.replays import is_running
from dispatch.site import words

View = dict[str, Any]
DIMENSIONS = ("source_unit", "township", "age_band", "case_type")


def versions(policies: Policies, county: str, published: Iterable[Version], today: date) -> list[View]:
    """A county's tables, the latest first; which one is in force, and who approved those that it published."""
    known = {each["in_force_from"]: each for each in published}
    own = policies.tables.get(county, policies.sample_tables)
    in_force = policies.in_force(county, today).table
    return [
        {"day": (day := table.in_force_from.isoformat()), "author": table.author, "rows": len(table.rows),
         "sample": table.sample or table.county != county, "in_force": table is in_force,
         "coming": table.in_force_from > today, "published": _publication(known.get(day))}
        for table in reversed(own)
    ]  # fmt: skip


def _publication(found: Version | None) -> View | None:
    if found is None:
        return None
    return {"names": found["names"], "approved": found["approved"]["name"], "at": _when(found["approved"]["at"])}


def table(shown: DecisionTable, lang: Lang) -> list[View]:
    """The rows of a table in words, its default last."""
    return [_row(row, shown.in_force_from, lang) for row in (*shown.rows, shown.default)]


def _row(row: Row, on: date, lang: Lang) -> View:
    return {"id": row.id, "asks": [asked(cell, on, lang) for cell in row.when], "outcome": str(row.outcome),
            "priority": row.priority, "review": row.review, "says": row.zh if lang == "zh" else row.en}  # fmt: skip


def diff(old: DecisionTable, new: DecisionTable, lang: Lang) -> list[View]:
    """What changes, each with its sign: + added, - dropped, ~ changed."""
    return [{"sign": each[0], "words": each[2:]} for each in differences(old, new, lang)]


def draft_line(found: Draft, now: datetime) -> View:
    """A draft in the list."""
    return {"id": found["_id"], "state": found["state"], "names": list(dict.fromkeys(found["names"])),
            "changed": words.time(found["changed_at"], now), "revision": found["revision"]}  # fmt: skip


def draft(found: Draft, now: datetime) -> View:
    """A draft's head and history."""
    asked_by = found["asked"]
    return draft_line(found, now) | {
        "county": found["county"],
        "asked": asked_by and {"name": asked_by["name"], "words": asked_by["words"], "at": _when(asked_by["at"])},
        "history": [
            {"what": each["what"], "name": each["name"], "at": _when(each["at"]), "revision": each["revision"],
             "words": each.get("words", "")}
            for each in reversed(found["history"])
        ],
    }  # fmt: skip


def faults(written: Written, lang: Lang) -> list[View]:
    """What is wrong, where, with the line as it is written."""
    lines = written.text.splitlines()
    return [
        {"line": each.line, "rows": each.rows, "kind": each.kind, "words": each.zh if lang == "zh" else each.en,
         "text": lines[each.line - 1].strip()[:160] if each.line and each.line <= len(lines) else ""}
        for each in sorted(written.faults, key=lambda each: each.line or 0)
    ]  # fmt: skip


def replay(found: Replay | None, revision: int, lang: Lang, now: datetime) -> View | None:
    """How far a replay is, or what flips in it."""
    if found is None:
        return None
    state = "stopped" if found["state"] == "running" and not is_running(found, now) else found["state"]
    share = int(100 * found["done"] / found["of"]) if found["of"] else 0
    return {"state": state, "done": found["done"], "of": found["of"], "percent": share, "first": found["first"],
            "last": found["last"], "why": found.get("why", ""), "name": found["name"], "at": _when(found["started_at"]),
            "stale": found["revision"] != revision,
            "result": _result(found["result"], lang) if found["result"] else None}  # fmt: skip


def _result(result: Mapping[str, Any], lang: Lang) -> View:
    ways = [way | {"examples": [_example(one, lang) for one in way["examples"]]} for way in result["ways"]]
    by = [
        {
            "name": words.word(f"dimension.{name}", lang),
            "values": [_share(name, one, lang) for one in result["by"][name]],
        }
        for name in DIMENSIONS
        if result["by"].get(name)
    ]
    return dict(result) | {"ways": ways, "by": by, "priority_changes": sum(p["count"] for p in result["priorities"])}


def _example(one: Mapping[str, Any], lang: Lang) -> View:
    return {"report_id": one["report_id"], "serial": one["serial"],
            "rows": [f"{row['id']} {row['zh' if lang == 'zh' else 'en']}" for row in one["rows"]]}  # fmt: skip


def _share(dimension: str, one: Mapping[str, Any], lang: Lang) -> View:
    most: Sequence[Mapping[str, Any]] = sorted(one["ways"], key=lambda way: -way["count"])
    value = one["value"] or words.word("unknown_value", lang)
    named = words.word(value, lang) if dimension != "township" else value
    return {"value": named, "of": one["of"], "flipped": one["flipped"], "way": most[0],
            "percent": round(100 * one["flipped"] / one["of"], 1)}  # fmt: skip


def _when(at: datetime) -> str:
    return at.astimezone(TAIPEI).strftime("%Y-%m-%d %H:%M")
