"""Permission questions that wait for the user, and how the waiting tool use hears the answer."""

from __future__ import annotations

import asyncio

from satchel.base.errors import InputError
from satchel.base.ids import QuestionId


class OpenQuestions:
    """The answers that a running turn waits for. What is asked is in the log; here is only who waits."""

    def __init__(self) -> None:
        self._waiting: dict[QuestionId, asyncio.Future[bool]] = {}

    async def wait(self, question: QuestionId) -> bool:
        """Wait for the answer to a question that is in the log. Cancelling the wait drops it."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting[question] = future
        try:
            return await future
        finally:
            del self._waiting[question]

    def settle(self, question: QuestionId, *, allowed: bool) -> None:
        """Hand the answer to the one who waits, if they wait already; else they find it in the log."""
        future = self._waiting.get(question)
        if future is not None and not future.done():
            future.set_result(allowed)


def no_such_question(question: QuestionId) -> InputError:
    """The error for an answer to a question that is not open (answered twice, or its turn was stopped)."""
    return InputError("agent.no_question", f"The question {question} is not open any more.")
