"""The one error that build steps raise for what a person can put right."""

__all__ = ["BuildError"]


class BuildError(Exception):
    """A build step cannot go on; `remedy` says what to do about it.

    Raised for causes outside the program (a missing tool, a failed download, a source file that is not there). A fault
    in the build itself raises whatever it raises, with its traceback.
    """

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"
