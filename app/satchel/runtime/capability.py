"""What a program that is to run, or that runs, asks of the gate.

The subject of `exec` is the expanded argv as one line that a POSIX shell would read as the same words: what the user is
shown is what runs, whatever is in the arguments.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from satchel.permission.request import Capability, PermissionRequest
from satchel.runtime.process import AccessRequest


def command_line(argv: Sequence[str]) -> str:
    """`argv` as one shell-quoted line; equal lines mean equal argument vectors."""
    return shlex.join(argv)


def exec_request(argv: Sequence[str], tool: str) -> PermissionRequest:
    """The wish to run a program."""
    return PermissionRequest(Capability.EXEC, command_line(argv), tool)


def pipeline_request(requests: Sequence[PermissionRequest]) -> PermissionRequest:
    """The wish to run all of these at once, each reading from the one before: one line, as in a shell."""
    first = requests[0]
    return PermissionRequest(first.capability, " | ".join(one.subject for one in requests), first.tool)


def guest_request(request: AccessRequest, tool: str) -> PermissionRequest:
    """What a running guest wants, as the gate knows it; `tool` started it."""
    return PermissionRequest(Capability(request.kind), request.subject, tool)
