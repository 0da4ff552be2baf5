"""A session as JSON Lines: the form in which it leaves the program.

One envelope a line, bytes exactly as stored.
"""

from __future__ import annotations

from satchel.session.log import EventLog


def export_jsonl(log: EventLog) -> bytes:
    """All intact records of a log, each on a line. Unknown event types and fields are in it."""
    return b"".join(payload + b"\n" for payload in log.payloads())
