"""`python -m network` serves; `openapi` prints the API; `prepare` makes the indexes, as each start does; `known` writes
again where everybody is known, from the sources, without those whose data keys were destroyed."""

import asyncio
import sys

from kit.serve import prepare, print_openapi, serve

from network.app import create_app
from network.settings import Settings


def main(command: str = "serve") -> None:
    match command:
        case "openapi":
            print_openapi(create_app(Settings.without_secrets()))
        case "prepare":
            asyncio.run(prepare(create_app(Settings())))
        case "known":
            read = asyncio.run(create_app(Settings()).state.rebuild_known())
            print(f"{read} sources read")
        case "serve":
            settings = Settings()
            serve(create_app(settings), "network", settings)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
