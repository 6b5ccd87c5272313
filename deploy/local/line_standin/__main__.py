"""`python -m line_standin`: serve the stand-in until interrupted."""

import uvicorn

from line_standin.app import create_app
from line_standin.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=2,
    )
