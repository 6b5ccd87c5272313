"""Why a step of a meeting does not follow."""


class Refused(Exception):
    """What was asked does not go with the meeting as it is; `code` says why, `about` what it is about."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.about = about
