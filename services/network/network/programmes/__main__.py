"""`python -m network.programmes FILE...`: programmes proved; without a file, those that are shipped.

Every error stands with its line, what is wrong there, and how to correct it. 0 when all is well, else 1.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from network.programmes.domain.grammar import Programme
from network.programmes.reading import FOLDER, ProgrammeError, read

OUT = Console(highlight=False)


def main(argv: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if argv is None else argv
    if given and given[0] in ("-h", "--help"):
        OUT.print(__doc__, markup=False)
        return 0
    found = [Path(each) for each in given] or sorted(Path(str(FOLDER)).glob("*.yaml"))
    return max([_checked(each) for each in found], default=0)


def _checked(path: Path) -> int:
    try:
        programme = read(path.read_text("utf-8"), path.name)
    except OSError as error:
        OUT.print(f"[red]✗[/] {escape(str(path))}: {escape(error.strerror or str(error))}", soft_wrap=True)
    except UnicodeDecodeError:
        OUT.print(f"[red]✗[/] {escape(str(path))}: not UTF-8: save it as UTF-8 · 請存成 UTF-8", soft_wrap=True)
    except ProgrammeError as error:
        OUT.print(f"[red]✗[/] {escape(error.name)}", soft_wrap=True)
        for each in error.wrong:
            OUT.print(
                f"  [yellow]{each.line}[/] {escape(each.path)} {escape(each.zh)}\n    {escape(each.en)}", soft_wrap=True
            )
    else:
        OUT.print(f"[green]✓[/] {_told(programme)}", soft_wrap=True)
        return 0
    return 1


def _told(programme: Programme) -> str:
    named = programme.words[programme.programme]
    kept = "" if programme.verified else "（範例，待縣市取代 a sample to replace）"
    parts = (
        f"{len(programme.stages)} 階段 stages",
        f"{len(programme.tasks)} 事項 tasks",
        f"{len(programme.figures)} 數據 figures",
    )
    return f"{programme.programme} {programme.version} {escape(named.zh)} · {' · '.join(parts)} {kept}"


if __name__ == "__main__":
    sys.exit(main())
