"""Deterministic automaton built while it runs: each state is made when the text first needs it.

A state is the set of active positions plus the kind of the character before the gap. Its transitions are a
dict from character to state, so a known step is one dict look-up. The number of remembered things is bounded:
when it passes `MAX_REMEMBERED`, everything is forgotten and rebuilt as needed, which costs the automaton's
own step (positions / 8 look-ups) for each character at worst. Time is therefore linear in the text for every
pattern.
"""

from __future__ import annotations

from satchel.base.checkpoint import Checkpoint
from satchel.tools.linear_regex.automaton import CharKind, PositionAutomaton

MAX_REMEMBERED = 20_000
"""States and transitions kept before everything is forgotten."""

_CHUNK = 4096


class _State(dict[str, "_State"]):
    """Known transitions of one state; an unknown one is computed by the automaton on first use."""

    __slots__ = ("before", "dfa", "ends_match", "positions")

    def __init__(self, dfa: LazyDfa, positions: int, before: CharKind) -> None:
        super().__init__()
        self.dfa = dfa
        self.positions = positions
        self.before = before
        self.ends_match: bool | None = None

    def __missing__(self, ch: str) -> _State:
        return self.dfa.transition(self, ch)


class LazyDfa:
    """Decides for one line at a time whether it contains a match.

    `steps` counts the work done so far: one for every character walked, and for every transition computed one
    more for each byte of the position set.
    """

    def __init__(self, automaton: PositionAutomaton, max_remembered: int = MAX_REMEMBERED) -> None:
        self._automaton = automaton
        self._max_remembered = max_remembered
        self._states: dict[tuple[int, CharKind], _State] = {}
        self._accepting: dict[str, int] = {}
        self._transitions = 0
        self._matched = _State(self, 0, CharKind.NONE)
        self.steps = 0

    def matches(self, line: str, checkpoint: Checkpoint | None = None) -> bool:
        """Whether `line` (without line end) contains a match. Polls `checkpoint` every 4096 characters."""
        state = self._state(0, self._automaton.line_edge)
        for start in range(0, len(line), _CHUNK):
            if start and checkpoint is not None:
                checkpoint.poll()
            chunk = line[start : start + _CHUNK]
            for ch in chunk:
                state = state[ch]
            self.steps += len(chunk)
            if state is self._matched:
                return True
        if state.ends_match is None:
            gap = self._automaton.gap(state.before, self._automaton.line_edge)
            state.ends_match = gap.nullable or bool(state.positions & gap.last)
        return state.ends_match

    def transition(self, state: _State, ch: str) -> _State:
        """The state after `ch`, computed and remembered."""
        target = state if state is self._matched else self._successor(state, ch)
        self._forget_when_full()
        state[ch] = target
        self._transitions += 1
        return target

    def _successor(self, state: _State, ch: str) -> _State:
        kind = self._automaton.kind_of(ch)
        gap = self._automaton.gap(state.before, kind)
        if gap.nullable or state.positions & gap.last:
            return self._matched
        self.steps += 1 + state.positions.bit_length() // 8
        accepting = self._accepting.get(ch)
        if accepting is None:
            accepting = self._accepting[ch] = self._automaton.positions_accepting(ch)
        # A match may begin at every gap, hence `first` each time.
        return self._state((gap.first | gap.successors(state.positions)) & accepting, kind)

    def _state(self, positions: int, before: CharKind) -> _State:
        state = self._states.get((positions, before))
        if state is None:
            state = self._states[positions, before] = _State(self, positions, before)
        return state

    @property
    def remembered(self) -> int:
        """Number of states, transitions and character sets held now."""
        return self._transitions + len(self._states) + len(self._accepting)

    def _forget_when_full(self) -> None:
        if self.remembered <= self._max_remembered:
            return
        for state in self._states.values():
            state.clear()
        self._matched.clear()
        self._states.clear()
        self._accepting.clear()
        self._transitions = 0
