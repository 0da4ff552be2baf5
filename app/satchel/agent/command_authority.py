"""What the programs of one tool use may do: the session's gate, and the user where the gate has to ask.

An answer that is to hold "once" holds for this one command and all the programs it starts: a program that reads a
thousand files asks once. Questions are put one after another, so that two programs that want the same do not ask
twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

from satchel.permission.gate import Allow, Ask, Deny, Gate
from satchel.permission.grant import Grant
from satchel.permission.request import PermissionRequest
from satchel.runtime.access_policy import compile_access, decide_run
from satchel.runtime.capability import guest_request
from satchel.runtime.process import AccessRequest, AccessTable

AskUser: TypeAlias = Callable[[PermissionRequest], Awaitable[bool]]
"""Put a request through the gate and, if need be, before the user; logs both."""


class CommandAuthority:
    """See the module (`runtime.run_command.RunAuthority`). `tool` is who is named in questions."""

    def __init__(self, gate: Gate, tool: str, ask: AskUser) -> None:
        self._gate = gate
        self._tool = tool
        self._ask = ask
        self._answers: list[Grant] = []
        self._generation = 0
        self._one_at_a_time = asyncio.Lock()

    def allowed_before(self, requests: Iterable[PermissionRequest]) -> None:
        """Take over what was allowed before the start. Only "once" is not in the gate already."""
        for request in requests:
            self._keep(request, allowed=True)

    def table(self) -> AccessTable:
        """See `RunAuthority.table`."""
        return compile_access(self._gate, self._answers, self._generation)

    async def decide(self, request: AccessRequest) -> bool:
        """See `RunAuthority.decide`."""
        wish = guest_request(request, self._tool)
        async with self._one_at_a_time:
            match decide_run(self._gate, self._answers, wish):
                case Allow():
                    return True
                case Deny():
                    return False
                case Ask():
                    allowed = await self._ask(wish)
                    self._keep(wish, allowed=allowed)
                    return allowed

    def watch(self, changed: Callable[[], None]) -> Callable[[], None]:
        """See `RunAuthority.watch`."""

        def gate_changed() -> None:
            self._generation += 1
            changed()

        return self._gate.subscribe(gate_changed)

    def _keep(self, request: PermissionRequest, *, allowed: bool) -> None:
        decision = self._gate.decide(request)
        if isinstance(decision, Ask):  # Else the gate has kept the answer itself.
            self._answers.append(Grant(request.capability, decision.scope, "session", allowed))
            self._gate.announce()
