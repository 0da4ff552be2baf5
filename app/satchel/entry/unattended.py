"""A run that nobody watches: what policy does not allow is refused, so that no question waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from satchel.agent.service import AgentService
from satchel.base.ids import QuestionId


def refuse_questions(service: AgentService) -> Callable[[], None]:
    """Answer every permission question of the session with no, from now on; returns the way to stop that.

    The question and the refusal are in the log, and the model is told, as with any other answer.
    """
    answering: dict[QuestionId, asyncio.Task[None]] = {}

    def look() -> None:
        for question in service.session.questions:
            if question.id not in answering:
                answer = service.answer(question.id, allowed=False, lifetime="session")
                answering[question.id] = asyncio.get_running_loop().create_task(answer)

    return service.subscribe(look)
