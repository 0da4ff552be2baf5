"""The policy: what is allowed or denied without asking, and how wide one question is.

Rules come from settings and command-line flags, never from the project. A deny rule wins over every allow
rule and grant. What no rule speaks about is asked, or denied where nobody is there to answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.base.errors import InputError
from satchel.permission.grant import EVERYTHING, in_scope
from satchel.permission.request import Capability, PermissionRequest

Verdict: TypeAlias = Literal["allow", "deny"]

# One question covers the whole class of these (a session works on one shadow workspace); of the others, one subject.
_ASKED_AS_A_CLASS = frozenset({Capability.READ, Capability.WRITE, Capability.EXEC})


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the policy."""

    verdict: Verdict
    capability: Capability
    scope: str = EVERYTHING

    def covers(self, request: PermissionRequest) -> bool:
        """Whether this rule speaks about the request."""
        return self.capability is request.capability and in_scope(request.subject, self.scope)

    def __str__(self) -> str:
        return f"{self.verdict} {self.capability.value}:{self.scope}"


@dataclass(frozen=True, slots=True)
class Policy:
    """An ordered set of rules; the order matters only for which rule a refusal names.

    `unattended`: nobody can be asked, so that no question may wait for ever.
    """

    rules: tuple[Rule, ...] = ()
    unattended: bool = False

    def denial(self, request: PermissionRequest) -> Rule | None:
        """The first deny rule that covers the request."""
        return self._first("deny", request)

    def allowance(self, request: PermissionRequest) -> Rule | None:
        """The first allow rule that covers the request."""
        return self._first("allow", request)

    def scope_of_question(self, request: PermissionRequest) -> str:
        """What a user who is asked about the request gives leave for."""
        return EVERYTHING if request.capability in _ASKED_AS_A_CLASS else request.subject

    def _first(self, verdict: Verdict, request: PermissionRequest) -> Rule | None:
        return next((rule for rule in self.rules if rule.verdict == verdict and rule.covers(request)), None)


def parse_rule(verdict: Verdict, text: str) -> Rule:
    """A rule from a flag's text: `read`, `write:/workspace/docs/**`. Raises `InputError`."""
    name, colon, scope = text.partition(":")
    try:
        capability = Capability(name)
    except ValueError:
        known = ", ".join(capability.value for capability in Capability)
        raise InputError(
            "permission.unknown_capability", f"There is no capability {name!r}.", f"Known ones: {known}."
        ) from None
    if colon and not scope:
        raise InputError(
            "permission.empty_scope", f"{text!r} names no scope.", f"Write {name} alone to mean all of it."
        )
    return Rule(verdict, capability, scope or EVERYTHING)
