"""What a program wrote for a terminal, as plain text: colours and cursor movements taken out, overwritten text gone."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # a string, such as a title or a link
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # a control sequence, such as a colour
    r"|\x1b[ -/]*[0-~]?"
)
_OVERSTRUCK = re.compile(r"[^\x08\n]\x08")


def plain_text(text: str) -> str:
    """`text` in lines that end in a newline alone, with tabs as blanks. Other control characters are left in it."""
    lines = _ESCAPE.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(_as_seen(line).expandtabs(8) for line in lines)


def _as_seen(line: str) -> str:
    """A line as its last version: a progress bar writes over the one before."""
    if "\r" in line:
        line = next((part for part in reversed(line.split("\r")) if part), "")
    while "\b" in line and (shorter := _OVERSTRUCK.sub("", line)) != line:
        line = shorter
    return line.replace("\b", "")
