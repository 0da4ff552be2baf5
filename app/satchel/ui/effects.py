"""What the views ask of the page besides drawing. `entry` sends each as an `effect` message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Focus:
    """Move the focus to the element `id`; `polite` leaves a user alone who is writing, `back` returns them to where
    they were before the last polite move, and to `id` only if that place is gone."""

    id: str
    polite: bool = False
    back: bool = False


@dataclass(frozen=True, slots=True)
class Announce:
    """Say `text` in the page's one polite live region."""

    text: str


@dataclass(frozen=True, slots=True)
class Scroll:
    """Bring the element `id` into view."""

    id: str


@dataclass(frozen=True, slots=True)
class Download:
    """Hand the user a file."""

    filename: str
    mime: str
    data: bytes


@dataclass(frozen=True, slots=True)
class TerminalOutput:
    """Show these bytes on the terminal. The page answers with `terminal.shown` once it has."""

    data: bytes


@dataclass(frozen=True, slots=True)
class DraftAccepted:
    """The session has `text` from the user's draft; the page may take it out of the prompt."""

    session: str
    text: str


@dataclass(frozen=True, slots=True)
class DraftOffered:
    """Put `text` into the prompt unless the user has written something there."""

    session: str
    text: str


Effect: TypeAlias = Focus | Announce | Scroll | Download | TerminalOutput | DraftAccepted | DraftOffered

_NAMES: dict[type[Effect], str] = {
    Focus: "focus",
    Announce: "announce",
    Scroll: "scroll",
    Download: "download",
    TerminalOutput: "terminal",
    DraftAccepted: "draft-accepted",
    DraftOffered: "draft-offered",
}


def effect_name(effect: Effect) -> str:
    """The name of the effect on the wire."""
    return _NAMES[type(effect)]
