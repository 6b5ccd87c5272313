"""`python -m contracts [FOLDER]` writes the generated documents."""

import sys
from pathlib import Path

from contracts.generate import write

if __name__ == "__main__":
    write(Path(sys.argv[1] if len(sys.argv) > 1 else "contracts"))
