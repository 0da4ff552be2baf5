"""What one tool use has leave for: the gate's verdicts, the user's answers, and both in the log.

What must hold: a question is in the log before anybody is asked, a decision before anything is done. The programs of a
pipeline are one question, which shows the pipeline as it will run; each of them is decided about and logged.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from satchel.agent.command_authority import CommandAuthority
from satchel.agent.questions import OpenQuestions
from satchel.agent.recorder import SessionRecorder
from satchel.base.ids import QuestionId
from satchel.permission.gate import Allow, Ask, Decision, Deny, Gate, prompt_for
from satchel.permission.grant import Lifetime
from satchel.permission.request import Capability, PermissionRequest
from satchel.runtime.capability import pipeline_request
from satchel.session.events import PermissionDecided, PermissionQuestioned, ToolUsed


class CallPermissions:
    """See the module."""

    def __init__(
        self, recorder: SessionRecorder, gate: Gate, questions: OpenQuestions, use: ToolUsed
    ) -> None:
        self._recorder = recorder
        self._gate = gate
        self._questions = questions
        self._use = use

    async def refusal(self, requests: Sequence[PermissionRequest]) -> str | None:
        """Ask for everything the call needs. Text for the model when something is refused."""
        programs = [request for request in requests if request.capability is Capability.EXEC]
        programs_allowed = False
        for index, request in enumerate(requests):
            question_id = QuestionId(f"{self._use.tool_use_id}:{index}")
            is_program = request in programs
            if is_program and programs_allowed and self._would_ask(question_id, request):
                self._record_decision(question_id, request, Allow("user", "once"))
                continue
            wish = pipeline_request(programs) if is_program else request
            refusal, was_asked = await self._decide(question_id, request, wish)
            if refusal is not None:
                return refusal
            programs_allowed |= is_program and was_asked
        return None

    def authority(self) -> CommandAuthority:
        """What decides about the programs that the call runs."""
        numbers = itertools.count()

        async def ask(request: PermissionRequest) -> bool:
            question_id = QuestionId(f"{self._use.tool_use_id}:run{next(numbers)}")
            refusal, _ = await self._decide(question_id, request, request)
            return refusal is None

        return CommandAuthority(self._gate, self._use.name, ask)

    def _would_ask(self, question_id: QuestionId, request: PermissionRequest) -> bool:
        turn = self._recorder.turn
        is_new = question_id not in turn.decided and question_id not in turn.asked
        return is_new and isinstance(self._decision(request), Ask)

    async def _decide(
        self, question_id: QuestionId, request: PermissionRequest, wish: PermissionRequest
    ) -> tuple[str | None, bool]:
        """Decide about `request`; if the user has to be asked, then about `wish`, which it is a part of.

        Text for the model when it is refused, and whether the user was asked.
        """
        turn = self._recorder.turn
        if question_id in turn.decided:
            return (None if turn.decided[question_id] else _denied_by_user(request)), False
        if question_id not in turn.asked:
            decision = self._decision(request)
            if not isinstance(decision, Ask):
                self._record_decision(question_id, request, decision)
                return _refused(request, decision), False
            self._record_question(question_id, wish)
        allowed = await self._questions.wait(question_id)
        return (None if allowed else _denied_by_user(wish)), True

    def _decision(self, request: PermissionRequest) -> Decision:
        """What the gate says, but a no holds for all that the model asked for in the same breath."""
        decision = self._gate.decide(request)
        scope = self._gate.policy.scope_of_question(request)
        if isinstance(decision, Ask) and (request.capability.value, scope) in self._recorder.turn.refused:
            return Deny("user", "The user has just refused this.")
        return decision

    def _record_decision(
        self, question_id: QuestionId, request: PermissionRequest, decision: Allow | Deny
    ) -> None:
        self._recorder.record(
            PermissionDecided(
                question_id,
                allowed=isinstance(decision, Allow),
                lifetime=_lifetime(decision),
                by=decision.by,
                tool_use_id=self._use.tool_use_id,
                capability=request.capability.value,
                subject=request.subject,
                scope=self._gate.policy.scope_of_question(request),
            )
        )

    def _record_question(self, question_id: QuestionId, wish: PermissionRequest) -> None:
        self._recorder.record(
            PermissionQuestioned(
                question_id,
                self._use.tool_use_id,
                self._use.name,
                prompt_for(wish),
                wish.capability.value,
                wish.subject,
                self._gate.policy.scope_of_question(wish),
            )
        )


def _refused(request: PermissionRequest, decision: Allow | Deny) -> str | None:
    if isinstance(decision, Allow):
        return None
    if decision.by == "user":
        return _denied_by_user(request)
    return f"{request} is not allowed. {decision.reason} Do not try again; go on without it or tell the user."


def _lifetime(decision: Allow | Deny) -> Lifetime:
    if isinstance(decision, Allow):
        return decision.lifetime
    return "once" if decision.by == "user" else "session"


def _denied_by_user(request: PermissionRequest) -> str:
    return f"The user denied {request}. Do not try again or in another way; go on without it or ask what they want."
