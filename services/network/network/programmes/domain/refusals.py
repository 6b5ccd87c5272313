"""What a programme does not allow."""


class Refused(Exception):
    """What was asked does not go with the programme or the enrolment as it is; `code` says why, `about` of what."""

    def __init__(self, code: str, about: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.about = about
