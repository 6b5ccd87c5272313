"""Text in files for spreadsheets, in which no text may run."""

_RUNS = tuple("=+-@＝＋－＠|%")


def harmless(text: str) -> str:
    """An apostrophe before what a spreadsheet would run as a formula, in full width or after blanks too."""
    return f"'{text}" if text.lstrip().startswith(_RUNS) else text
