"""The one error of this package."""

from typing import Final

from conference.model.source import Cause

WRONG_PASSWORD: Final = "wrong-password"  # noqa: S105 - a cause, not a secret


class RtspTrouble(Exception):
    """This connection is over. `cause`: a value of Cause or WRONG_PASSWORD; `detail`: short ASCII without secrets."""

    def __init__(self, cause: str, detail: str = "") -> None:
        super().__init__(cause, detail)
        self.cause = cause
        self.detail = detail


def broken(detail: str) -> RtspTrouble:
    """The camera does not speak the protocol."""
    return RtspTrouble(Cause.PROTOCOL, detail)
