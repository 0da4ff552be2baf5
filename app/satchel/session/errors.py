"""What can go wrong with a session's log.

The branch is `LogError`: the session store has to be looked after.
"""

from __future__ import annotations

from satchel.base.errors import SatchelError


class LogError(SatchelError):
    """A session's log cannot be read or written as asked."""


class LogVersionError(LogError):
    """The log was written by a newer version of the program. It was not touched."""

    def __init__(self, found: int, known: int) -> None:
        super().__init__(
            "log.version",
            f"This session was written in log format {found}; this version reads formats up to {known}.",
            "Update Satchel (or reload the page) to open it. The session was left untouched.",
        )
        self.found = found
        self.known = known


class LogWriteError(LogError):
    """The host refused to store an event. Nothing of that event remains in the log."""

    def __init__(self, cause: str) -> None:
        super().__init__(
            "log.write",
            f"The session could not be saved: {cause}.",
            "Free some space (delete old sessions or projects), then open the session again.",
        )


class CorruptEventError(LogError):
    """A record passed its checksum but does not hold an event envelope."""

    def __init__(self, reason: str) -> None:
        super().__init__("log.corrupt_event", f"A record of the session log is not an event: {reason}.")


class SessionNotFoundError(LogError):
    """No session has this id."""

    def __init__(self, session: str) -> None:
        super().__init__(
            "log.no_session", f"There is no session {session}.", "Choose one from the list of sessions."
        )
