"""Grants: leave that was given or refused once and holds for more than the one call."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.permission.request import Capability, PermissionRequest

Lifetime: TypeAlias = Literal["once", "session", "always"]
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Grant:
    """Standing leave (or, with `allowed` false, a standing refusal) for a capability within a scope.

    'session' ends with the session, 'always' is kept by whoever restores grants. 'once' never becomes a
    `Grant`.
    """

    capability: Capability
    scope: str
    lifetime: Lifetime
    allowed: bool = True

    def covers(self, request: PermissionRequest) -> bool:
        """Whether this grant speaks about the request."""
        return self.capability is request.capability and in_scope(request.subject, self.scope)


def in_scope(subject: str, scope: str) -> bool:
    """Whether a subject lies in a scope: `*` everything, `PREFIX/**` a directory and all in it, else the
    subject itself.

    No other wildcards on purpose: what a grant covers must be plain to the person who gave it.
    """
    if scope == EVERYTHING:
        return True
    if scope.endswith("/**"):
        prefix = scope[:-3]
        return subject == prefix or subject.startswith(prefix + "/")
    return subject == scope
