"""The gate: the one place that decides whether something may be done.

A denial is a value, never an exception.

Order of authority: a deny rule, a standing refusal, an allow rule, a grant, and else the user is asked. The
gate keeps no log and asks nobody itself; `agent` does both and tells it the answer. Who acts on a copy of its verdicts
(the tables of running programs) subscribes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from satchel.permission.grant import EVERYTHING, Grant, Lifetime
from satchel.permission.policy import Policy
from satchel.permission.request import Capability, PermissionRequest


@dataclass(frozen=True, slots=True)
class Allow:
    """It may be done. `by` names the authority ('user': an answer given a moment ago); `lifetime` is the grant's."""

    by: Literal["policy", "grant", "user"]
    lifetime: Lifetime = "session"


@dataclass(frozen=True, slots=True)
class Ask:
    """The user has to be asked `prompt`; an answer that lasts covers `scope`."""

    prompt: str
    scope: str


@dataclass(frozen=True, slots=True)
class Deny:
    """It may not be done, and why (fit for the model and the user). `by` 'user': an answer given a moment ago."""

    by: Literal["policy", "grant", "user"]
    reason: str


Decision: TypeAlias = Allow | Ask | Deny

_PROMPTS = {
    Capability.READ: "{tool} wants to read files of the workspace, first {subject}.",
    Capability.WRITE: (
        "{tool} wants to change files of the workspace copy, first {subject}. "
        "Your own folder changes only when you commit."
    ),
    Capability.EXEC: "{tool} wants to run commands in the workspace, first: {subject}",
    Capability.NET: "{tool} wants to use the network: {subject}",
    Capability.COMMIT: "{tool} wants to write reviewed changes to {subject}.",
}


class Gate:
    """Decides requests by one policy and the grants of one session."""

    def __init__(self, policy: Policy, grants: Iterable[Grant] = ()) -> None:
        self._policy = policy
        self._grants: dict[tuple[Capability, str], Grant] = {}
        self._listeners: list[Callable[[], None]] = []
        for grant in grants:
            self._keep(grant)

    @property
    def policy(self) -> Policy:
        """The policy this gate decides by."""
        return self._policy

    def decide(self, request: PermissionRequest) -> Decision:
        """The verdict on a request, as things stand now."""
        denied = self._policy.denial(request)
        if denied is not None:
            return Deny("policy", f"The policy says: {denied}.")
        standing = [grant for grant in self._grants.values() if grant.covers(request)]
        refusal = next((grant for grant in standing if not grant.allowed), None)
        if refusal is not None:
            return Deny("grant", f"The user refused {request.capability.value} for this session.")
        if self._policy.allowance(request) is not None:
            return Allow("policy")
        if standing:
            return Allow("grant", standing[0].lifetime)
        if self._policy.unattended:
            return Deny("policy", "Nobody watches this run, and it was not allowed beforehand.")
        return Ask(prompt_for(request), self._policy.scope_of_question(request))

    def grant(self, request: PermissionRequest, lifetime: Lifetime, *, allowed: bool = True) -> None:
        """Remember the user's answer to a question about `request`; 'once' is not remembered."""
        self.restore(Grant(request.capability, self._policy.scope_of_question(request), lifetime, allowed))

    def restore(self, grant: Grant) -> None:
        """Take a grant over from a log or a store."""
        if grant.lifetime != "once":
            self._keep(grant)

    def revoke(self, capability: Capability, scope: str = EVERYTHING) -> bool:
        """Forget a grant; false when there was none."""
        if self._grants.pop((capability, scope), None) is None:
            return False
        self.announce()
        return True

    def subscribe(self, changed: Callable[[], None]) -> Callable[[], None]:
        """Call `changed` after every change of the grants; returns the way to stop that."""
        self._listeners.append(changed)
        return lambda: self._listeners.remove(changed)

    def announce(self) -> None:
        """Tell all who subscribed that verdicts may have changed."""
        for listener in tuple(self._listeners):
            listener()

    def grants(self) -> tuple[Grant, ...]:
        """Every standing grant and refusal, in the order in which they were given."""
        return tuple(self._grants.values())

    def _keep(self, grant: Grant) -> None:
        self._grants[grant.capability, grant.scope] = grant
        self.announce()


def prompt_for(request: PermissionRequest) -> str:
    """The question put to the user about a request, in one or two plain sentences."""
    return _PROMPTS[request.capability].format(tool=request.tool, subject=request.subject)
