"""`python -m intake` serves; `python -m intake --help` lists the other commands."""

from intake.cli import cli

if __name__ == "__main__":
    cli(prog_name="intake")
