"""The chart's README from its schema and its values: `python -m deploy.tools.readme > deploy/chart/README.md`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parents[1] / "chart"
HEAD = Path(__file__).with_name("readme_head.md")


def readme() -> str:
    """The whole file."""
    schema = json.loads((CHART / "values.schema.json").read_text())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    rows = (
        f"| `{path}` | {kind} | {default} | {text} |\n" for path, kind, default, text in _rows(schema, schema, values)
    )
    return HEAD.read_text() + "".join(rows)


def _rows(
    schema: dict[str, Any], root: dict[str, Any], values: Any, at: str = ""
) -> Iterator[tuple[str, str, str, str]]:
    for name, each in schema["properties"].items():
        path = f"{at}{name}"
        value = values.get(name) if isinstance(values, dict) else None
        found = root["definitions"][each["$ref"].rsplit("/", 1)[1]] | each if "$ref" in each else each
        if "properties" in found and at != "services.":
            yield from _rows(found, root, value, f"{path}.")
        elif name != "global":
            yield path, _kind(found), _default(value), found.get("description", "").replace("|", "\\|")


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    kind = schema.get("type", "any")
    return kind if isinstance(kind, str) else " or ".join(kind)


def _default(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False) if value not in (None, "") else ""
    return f"`{text}`" if 0 < len(text) <= 80 else "see values.yaml" if text else ""


if __name__ == "__main__":
    sys.stdout.write(readme())
