"""`python -m mail_standin`: take mail until interrupted."""

import uvicorn

from mail_standin.app import create_app
from mail_standin.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    uvicorn.run(create_app(settings), host=settings.host, port=settings.port, log_level="warning", access_log=False,
                timeout_graceful_shutdown=2)  # fmt: skip
