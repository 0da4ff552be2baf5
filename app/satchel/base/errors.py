"""The root of the exception tree. Leaves live in the `errors.py` of the package that raises them.

Branches are by who must act: `InputError` (the user), `ProviderError` (the model's service, in `llm`),
`WorkspaceError` and `LogError` (their packages), `LimitExceededError` (a limit of `base.limits` was met).
A bug raises a plain `AssertionError`. Denial by the permission gate is a value, never an exception.
"""

from __future__ import annotations


class SatchelError(Exception):
    """An expected failure that a person or the model is told about.

    `code` is a stable identifier for logs and the UI; `message` names the cause; `remedy` says what to do
    next and may be empty where the message already does.
    """

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".rstrip()


class InputError(SatchelError):
    """What the user (or the model, in a tool call) gave cannot be used as it is."""


class LimitExceededError(SatchelError):
    """A limit of `base.limits` was met. `limit` is its name and `value` the figure that stood against it."""

    def __init__(self, limit: str, value: int, message: str, remedy: str = "") -> None:
        super().__init__(f"limit.{limit}", message, remedy)
        self.limit = limit
        self.value = value
