"""Runs the programs the build is made of, with their output kept and the last of it shown when they fail."""

import os
import subprocess
import textwrap
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from satchel_build.errors import BuildError
from satchel_build.progress import Step

__all__ = ["run_command"]

_TAIL_LINES = 25
_COMMAND_COLUMNS = 90


def run_command(
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    step: Step | None = None,
    describe: Callable[[str], str | None] | None = None,
    env: Mapping[str, str] | None = None,
    remedy: str = "The lines above are the last it printed.",
) -> str:
    """Run `argv` to its end and return what it printed (standard output and error together).

    `describe` turns an output line into the detail that `step` shows, or None for lines that say nothing of use. `env`
    is added to this process's environment. Raises BuildError, with the last lines printed, if the program cannot be
    started or exits with anything but 0.
    """
    words = [str(word) for word in argv]
    lines: deque[str] = deque()
    try:
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise BuildError(
            f"`{words[0]}` could not be started: {error.strerror}.", "Check that it is installed."
        ) from error
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(line)
            detail = describe(line.rstrip()) if describe else None
            if step and detail:
                step.update(detail)
    if process.returncode != 0:
        tail = "".join(list(lines)[-_TAIL_LINES:]).rstrip()
        command = textwrap.shorten(
            " ".join([Path(words[0]).name, *words[1:]]), _COMMAND_COLUMNS, placeholder=" …"
        )
        raise BuildError(f"{tail}\n`{command}` failed (exit status {process.returncode}).", remedy)
    return "".join(lines)
