"""What browser tests need beside Python: Chromium with a Chinese font, axe-core, the pages' libraries."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest

from deploy.tools import vendor

ROOT = Path(__file__).parents[2]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
PACKAGES = ("chromium", "fonts-noto-cjk")


@cache
def chromium() -> str:
    """The path of Chromium: CHROMIUM, one that is installed, or Debian's, installed now by root."""
    if found := os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome"):
        return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-qy", "--no-install-recommends", *PACKAGES]):
            subprocess.run(["apt-get", *command], env=quiet, check=False, stdout=subprocess.DEVNULL)
    return shutil.which("chromium") or missing(f"Chromium (Debian packages {' '.join(PACKAGES)}, or CHROMIUM=<path>)")


@cache
def axe() -> str:
    """The source of axe-core, installed from the lock file if it is not there."""
    if not AXE.exists() and shutil.which("npm"):
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
    return AXE.read_text() if AXE.exists() else missing("axe-core (npm ci)")


@cache
def vendored() -> None:
    """The pages' libraries from npm, copied to where they are served, if they are not there (`make setup` does it)."""
    if not (vendor.TARGET / vendor.LISTED).exists() and shutil.which("npm"):
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        if not subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL).returncode:
            vendor.main()
    if not (vendor.TARGET / vendor.LISTED).exists():
        missing("the pages' libraries (npm ci, python -m deploy.tools.vendor)")


def missing(what: str) -> str:
    """Skips and names what is not there; under REQUIRE_REAL=1 a gap is a failure."""
    if os.environ.get("REQUIRE_REAL") == "1":
        pytest.fail(f"needs {what}", pytrace=False)
    pytest.skip(f"needs {what}")
