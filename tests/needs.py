"""What tests need beside Python: fixtures of things that are made before the first test where they are not there."""

import atexit
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache, wraps
from pathlib import Path
from typing import Any, NoReturn

import pytest

from deploy.tools import vendor
from deploy.tools.fetch import Unavailable, tool

ROOT = Path(__file__).parents[1]
DEBIAN = ("chromium-headless-shell", "fonts-noto-cjk")
"""The shell is Chromium without a window to draw: a fresh context takes about a third of the time."""
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
BUILT = {"helm", "promtool"}
NEEDS: dict[str, Callable[[], str]] = {}


def need(make: Callable[[], str]) -> Any:
    """A fixture of what `make` makes; where it raises Unavailable, the test is left out and says why."""
    made = NEEDS[make.__name__] = cache(make)

    @pytest.fixture(scope="session", name=make.__name__)
    @wraps(make)
    def given() -> str:
        try:
            return made()
        except Unavailable as gap:
            left_out(str(gap))

    return given


def left_out(why: str) -> NoReturn:
    """Leave a test out for a gap of this machine; under REQUIRE_REAL=1 a gap is a failure."""
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"needs {why}", pytrace=False)
    pytest.skip(f"needs {why}")


def pytest_collection_finish(session: pytest.Session) -> None:
    """Make what the chosen tests need. Of several workers one makes it, and none starts before."""
    wanted = {name for item in session.items for name in getattr(item, "fixturenames", ())} & NEEDS.keys()
    if session.config.option.collectonly or not wanted:
        return
    _begin(sorted(wanted & BUILT))
    (ROOT / ".cache").mkdir(exist_ok=True)
    with (ROOT / ".cache" / "needs.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for name in sorted(wanted - BUILT):
            try:
                NEEDS[name]()
            except Unavailable as gap:
                tell(f"tests that need {name} are left out: {gap}")


def _begin(tools: list[str]) -> None:
    """Build what takes minutes beside the first tests; a test that needs it waits for it."""
    if tools:
        building = subprocess.Popen([sys.executable, "-m", "deploy.tools.fetch", *tools], cwd=ROOT)
        atexit.register(building.terminate)


def tell(what: str) -> None:
    print(f"\n{what}", file=sys.stderr, flush=True)


@need
def chromium() -> str:
    """The path of Chromium: CHROMIUM, one that is installed, or Debian's with a Chinese font, installed now by root."""
    if found := _chromium():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        tell(f"installing {' and '.join(DEBIAN)} by apt-get (once)")
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *DEBIAN]):
            subprocess.run(["apt-get", *command], env=quiet, check=False, stdout=subprocess.DEVNULL)
    if found := _chromium():
        return found
    raise Unavailable(f"Chromium (Debian packages {' '.join(DEBIAN)}, or CHROMIUM=<path>)")


def _chromium() -> str | None:
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)


@need
def axe() -> str:
    """The source of axe-core, which finds what shuts people out of a page."""
    return _from_npm("node_modules/axe-core/axe.min.js").read_text("utf-8")


@need
def redocly() -> str:
    """The path of Redocly, a linter of OpenAPI documents."""
    return str(_from_npm("node_modules/.bin/redocly"))


@need
def vendored() -> str:
    """Where the pages' libraries from npm are served, copied there if they are not (`make setup` does it)."""
    if not ((vendor.TARGET / vendor.LISTED).exists() and vendor.PRINTED.is_dir()):
        _from_npm("node_modules/.package-lock.json")
        vendor.main()
    return str(vendor.TARGET)


def _from_npm(name: str) -> Path:
    """A path that `npm ci` makes from the lock file."""
    path = ROOT / name
    if not path.exists() and shutil.which("npm"):
        tell("installing package-lock.json by npm (once)")
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    if not path.exists():
        raise Unavailable(f"{name} (npm ci)")
    return path


@need
def helm() -> str:
    """The path of Helm, which renders the chart."""
    return str(tool("helm"))


@need
def promtool() -> str:
    """The path of promtool, which tests alerts."""
    return str(tool("promtool"))
