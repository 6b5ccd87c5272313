"""PDFs set by Typst from a template and its data: whatever stands in the data is text, and runs nothing."""

import json
from collections.abc import Mapping
from pathlib import Path

import typst
from kit.problems import Unavailable

FONTS = Path(__file__).with_name("fonts")
"""A Chinese font, copied from npm by `make setup` where it found Node.js."""


def typeset(template: Path, data: Mapping[str, object]) -> bytes:
    """A PDF; takes about a second of a thread. Raises Unavailable where `make setup` had no Node.js."""
    if not FONTS.is_dir():
        raise Unavailable(
            "PDFs need a Chinese font: run make setup on a machine with Node.js 20, or print the page instead.",
            "PDF 需要中文字型：請在有 Node.js 20 的主機執行 make setup，或直接列印網頁。",
        )
    told = {"data": json.dumps(data, ensure_ascii=False)}
    made: bytes = typst.compile(
        template, root=template.parent, font_paths=[FONTS], ignore_system_fonts=True, sys_inputs=told
    )
    return made
