"""What the live region says, and where the focus goes, as a turn moves on. Never the streamed text itself."""

from __future__ import annotations

from collections.abc import Callable

from satchel.agent.transcript import SessionView
from satchel.base.ids import QuestionId, SessionId
from satchel.ui.effects import Announce, Effect, Focus

PROMPT_ID = "prompt-input"
QUESTION_ID = "question"


class Announcer:
    """Compares each view of the session with the last one and speaks about what became different."""

    def __init__(self, emit: Callable[[Effect], None]) -> None:
        self._emit = emit
        self._session: SessionId | None = None
        self._question: QuestionId | None = None
        self._working = False

    def look(self, session: SessionView) -> None:
        """Say what happened since the last look. A session that was only just opened is not news."""
        question = session.questions[0] if session.questions else None
        question_id = None if question is None else question.id
        working = session.turn != "idle"
        if session.session_id == self._session:
            if question is not None and question_id != self._question:
                self._emit(Announce(f"Satchel is asking: {question.prompt}"))
                self._emit(Focus(QUESTION_ID, polite=True))
            elif question is None and self._question is not None:
                self._emit(Focus(PROMPT_ID, back=True))
            if self._working and not working:
                self._emit(Announce("Turn finished."))
            elif working and not self._working:
                self._emit(Announce("Satchel is working."))
        elif question is not None:
            self._emit(Announce(f"Satchel is still asking: {question.prompt}"))
        self._session, self._question, self._working = session.session_id, question_id, working
