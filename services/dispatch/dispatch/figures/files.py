"""A table of the analysis pages as a file: what the page shows and hides, and the codes by which machines know it."""

from dispatch.figures import exports
from dispatch.figures.sheet import Cell, Sheet


def written(sheet: Sheet, name: str, lang: str) -> exports.Sheet:
    """The table under a file's name; a share that stands small beside a count has a column of its own, in percent."""
    shared = [any(row.cells[at].small for row in sheet.rows) for at in range(len(sheet.columns))]
    head: list[exports.Cell] = [sheet.head]
    for column, has_share in zip(sheet.columns, shared, strict=True):
        said = _coded(column.key, column.label, lang)
        head += [said, f"{said} %"] if has_share else [said]
    lines: list[list[exports.Cell]] = [head]
    for row in sheet.rows:
        line: list[exports.Cell] = [_coded(row.key, row.label, lang)]
        for cell, has_share in zip(row.cells, shared, strict=True):
            line += [_count(cell), _percent(cell.small)] if has_share else [_count(cell)]
        lines.append(line)
    return exports.Sheet(name, lines)


def _coded(key: str, label: str, lang: str) -> str:
    return label if lang == "en" or label.startswith(key) else f"{label} {key}"


def _percent(share: str) -> exports.Cell:
    return float(share.removesuffix(" %")) if share else ""


def _count(cell: Cell) -> exports.Cell:
    return cell.text if cell.number is None else int(cell.number)
