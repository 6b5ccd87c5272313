"""A table proposed and approved from the terminal, over dispatch's API: the same second person as on the page."""

import os
import time
from argparse import Namespace
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rules.cells import TableError

OUT = Console(highlight=False)
POLL = 0.5
Draft = Mapping[str, Any]


def proposed(chosen: Namespace) -> int:
    """Keep a file as a draft, replay a period under it, show what flips, and ask a second supervisor to approve."""
    with _client() as http:
        sent = {"county": chosen.county, "text": Path(chosen.file).read_text("utf-8")}
        draft = _answer(http.post("/v1/table-drafts", json=sent))
        if not draft["passes"]:
            return _at_fault(draft)
        days = {"first": chosen.first.isoformat(), "last": chosen.last.isoformat()}
        draft = _replayed(http, _answer(http.post(f"/v1/table-drafts/{draft['id']}/replays", json=days)))
        _show_flips(draft["replay"])
        draft = _act(http, draft, "ask", words=chosen.words)
    OUT.print(f"[green]✓[/] 待另一位督導核可 waits for another supervisor: approve {draft['id']}", soft_wrap=True)
    return 0


def approved(chosen: Namespace) -> int:
    """Show what flips under somebody else's draft, and publish it."""
    with _client() as http:
        draft = _answer(http.get(f"/v1/table-drafts/{chosen.draft}"))
        if not draft["passes"]:
            return _at_fault(draft)
        _show_flips(draft["replay"])
        draft = _act(http, draft, "approve", seen=draft["seen"])
    OUT.print(f"[green]✓[/] 已公布 published: {draft['published_as']}", soft_wrap=True)
    return 0


def _client() -> httpx.Client:
    """A client of DISPATCH_URL with a supervisor's DISPATCH_TOKEN. Raises TableError that says how to set them."""
    url, token = os.environ.get("DISPATCH_URL"), os.environ.get("DISPATCH_TOKEN")
    if not url or not token:
        raise TableError("DISPATCH_URL, DISPATCH_TOKEN", "set the address of dispatch and a supervisor's token")
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "zh-TW"}
    return httpx.Client(base_url=url, headers=headers, timeout=timedelta(seconds=30).total_seconds())


def _act(http: httpx.Client, draft: Draft, act: str, **more: Any) -> Draft:
    asked = {"act": act, "revision": draft["revision"]} | more
    return _answer(http.post(f"/v1/table-drafts/{draft['id']}/acts", json=asked))


def _answer(answer: httpx.Response) -> Draft:
    """Raises TableError with what the API said."""
    body: Draft = answer.json()
    if answer.is_error:
        raise TableError(str(answer.status_code), str(body.get("detail") or body.get("title")))
    return body


def _replayed(http: httpx.Client, draft: Draft) -> Draft:
    """The draft when its replay is over. Raises TableError when it did not finish."""
    with OUT.status("重跑中 replaying"):
        while draft["replay"]["state"] == "running":
            time.sleep(POLL)
            draft = _answer(http.get(f"/v1/table-drafts/{draft['id']}"))
    if draft["replay"]["state"] != "done":
        raise TableError("replay", "it did not finish; propose the table again")
    return draft


def _at_fault(draft: Draft) -> int:
    for fault in draft["faults"]:
        line = f"第 {fault['line']} 行 line {fault['line']}" if fault["line"] else ""
        OUT.print(f"[red]✗[/] [yellow]{fault['kind']}[/] {line}\n  {fault['zh']}\n  {fault['en']}", soft_wrap=True)
    return 1


def _show_flips(replay: Mapping[str, Any]) -> None:
    result = replay["result"]
    OUT.print(
        f"{replay['first']} – {replay['last']}: {result['decided']:,} 件 reports, {result['flipped']:,} 改變 flip"
    )
    for way in result["ways"]:
        examples = ", ".join(one["serial"] for one in way["examples"])
        OUT.print(f"  {way['from']} → {way['to']}: {way['count']:,} ({examples})", soft_wrap=True)
