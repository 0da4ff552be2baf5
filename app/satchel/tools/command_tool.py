"""Command: run an installed program, or several in a pipeline, on the workspace. No shell is between: words are words.

`argv` is one program. `pipeline` is our extension: a list of argument vectors that run at once, the output of each
being the input of the next, as `a | b | c` in a shell; the exit code is the last one's.

An exit code other than 0 is a result, not an error: many programs say something with it. An error is only what kept the
program from running.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence

from satchel.base.jsonvalue import JsonObject, JsonValue
from satchel.base.limits import ToolLimits
from satchel.permission.request import PermissionRequest
from satchel.runtime.capability import exec_request
from satchel.runtime.captured_output import Captured
from satchel.runtime.command_index import NO_COMMANDS, CommandIndex
from satchel.runtime.process import ExitStatus
from satchel.runtime.run_command import CommandOutcome, CommandRequest
from satchel.runtime.signals import signal_name
from satchel.tools.errors import ToolError, reported_by
from satchel.tools.input_fields import Field, InputFields, ToolInput
from satchel.tools.spec import ToolContext
from satchel.tools.text_content import encoded

_NAME = "Command"
_WORDS: JsonObject = {"items": {"type": "string"}, "minItems": 1}
_LIMITS = ("maxStdoutBytes", "maxStderrBytes", "timeoutMs")
_FIELDS = InputFields(
    _NAME,
    (
        Field(
            "argv", "array", "The program's name and its arguments, one word each.", ("args",), shape=_WORDS
        ),
        Field(
            "pipeline",
            "array",
            "Instead of argv: several argvs; the output of each is the input of the next.",
            shape={"items": {"type": "array", **_WORDS}, "minItems": 1},
        ),
        Field("cwd", "string", "Where it runs; default /workspace.", ("workdir",), default="/workspace"),
        Field(
            "env",
            "object",
            "Environment variables to add.",
            shape={"additionalProperties": {"type": "string"}},
        ),
        Field("stdin", "string", "Text for its standard input; default none."),
        Field("stdinBase64", "string", "Instead of stdin: bytes, in base64.", ("stdin_base64",)),
        Field(
            "limits",
            "object",
            "Caps: bytes of each output returned here (the rest goes to a file), milliseconds of running time.",
            shape={
                "properties": {name: {"type": "integer", "minimum": 0} for name in _LIMITS},
                "additionalProperties": False,
            },
        ),
    ),
)
_DESCRIPTION = (
    "Run a program in the workspace, without a shell: words are passed as they are, so wildcards, variables, quotes "
    "and redirections mean nothing; use `pipeline` for pipes and `stdin` for input. The result has exitCode, stdout "
    "and stderr; output that is too long is in the file it names."
)
_SHOWN_COMMANDS = 200
_SNAKE = re.compile(r"_([a-z])")


class CommandTool:
    """See the module's docstring. `index` is what the model is told of."""

    read_only = False

    def __init__(self, index: CommandIndex = NO_COMMANDS) -> None:
        self.schema = _FIELDS.schema(f"{_DESCRIPTION} {_installed(index)}")

    def permissions(self, input: JsonObject, context: ToolContext) -> tuple[PermissionRequest, ...]:
        """Leave to run each program, asked for by its whole argument vector."""
        return tuple(exec_request(argv, _NAME) for argv in _programs(_FIELDS.check(input)))

    async def run(self, input: JsonObject, context: ToolContext) -> JsonValue:
        """`{exitCode, stdout, stderr, truncatedStdout, truncatedStderr, durationMs}`, and as far as there is
        something to say `stdoutFile`, `stderrFile`, `stdoutBytes`, `stderrBytes`, `signal`, `cause`, `detail`; of a
        pipeline `exitCodes`.
        """
        request = _request(_FIELDS.check(input), context.limits)
        if context.commands is None:
            raise ToolError(
                _NAME, "programs cannot run here.", "Use the file tools.", code="process.unavailable"
            )
        with reported_by(_NAME):
            outcome = await context.commands.run(request)
        return _result(outcome)


def _installed(index: CommandIndex) -> str:
    names = index.names
    if not names:
        return "No commands are installed; only WebAssembly programs of the workspace can run."
    more = f" and {len(names) - _SHOWN_COMMANDS} more in /usr/bin" if len(names) > _SHOWN_COMMANDS else ""
    return f"Installed: {' '.join(names[:_SHOWN_COMMANDS])}{more}."


def _programs(fields: ToolInput) -> tuple[tuple[str, ...], ...]:
    argv, pipeline = fields.items("argv"), fields.items("pipeline")
    if bool(argv) == bool(pipeline):
        problem = "'argv' and 'pipeline' are both given." if argv else "'argv' is missing or empty."
        raise ToolError(_NAME, problem, 'Give one of them, for example argv=["ls", "-l"].')
    if argv:
        return (_argv("argv", argv),)
    return tuple(_argv(f"pipeline[{number}]", one) for number, one in enumerate(pipeline))


def _argv(field: str, words: JsonValue) -> tuple[str, ...]:
    if not isinstance(words, Sequence) or isinstance(words, str) or not words:
        raise ToolError(_NAME, f"{field!r} must be a list of words.", 'For example ["wc", "-l"].')
    # Models write numbers where a word is meant: ["head", "-n", 5].
    argv = [str(word) if isinstance(word, int) and not isinstance(word, bool) else word for word in words]
    for word in argv:
        if not isinstance(word, str):
            raise ToolError(_NAME, f"a word of {field!r} is not a string.", 'For example ["wc", "-l"].')
        _encoded_word(field, word)
    if not argv[0]:
        raise ToolError(_NAME, f"the first word of {field!r} is empty.", "It names the program.")
    return tuple(str(word) for word in argv)


def _encoded_word(field: str, word: str) -> None:
    if "\0" in word:
        raise ToolError(_NAME, f"a word of {field!r} holds a NUL character.", "No program can get one.")
    encoded(_NAME, field, word)


def _request(fields: ToolInput, limits: ToolLimits) -> CommandRequest:
    given = {_camel(name): value for name, value in fields.members("limits").items()}
    unknown = [name for name in given if name not in _LIMITS]
    if unknown:
        raise ToolError(_NAME, f"unknown limit {unknown[0]!r}.", f"Limits: {', '.join(_LIMITS)}.")
    cap = limits.inline_output_bytes
    timeout = _limit(given, "timeoutMs", limits.command_timeout_ms, limits.command_longest_ms)
    return CommandRequest(
        _programs(fields),
        fields.text("cwd"),
        _environment(fields.members("env")),
        _stdin(fields),
        _limit(given, "maxStdoutBytes", cap, cap),
        _limit(given, "maxStderrBytes", cap, cap),
        (timeout or limits.command_longest_ms) / 1000,
    )


def _limit(given: Mapping[str, JsonValue], name: str, default: int, most: int) -> int:
    value = given.get(name)
    if value is None:
        return default
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ToolError(_NAME, f"limit {name!r} must be a whole number of at least 0.", f"At most {most}.")
    return min(value, most)


def _environment(members: JsonObject) -> dict[str, str]:
    env: dict[str, str] = {}
    for name, value in members.items():
        if not name or "=" in name or not isinstance(value, str):
            raise ToolError(
                _NAME, f"'env' holds {name!r}, which cannot be a variable.", "Names and texts only."
            )
        _encoded_word("env", name)
        _encoded_word("env", value)
        env[name] = value
    return env


def _stdin(fields: ToolInput) -> bytes:
    text, in_base64 = fields.optional_text("stdin"), fields.optional_text("stdinBase64")
    if text is not None and in_base64 is not None:
        raise ToolError(_NAME, "'stdin' and 'stdinBase64' are both given.", "Give one of them.")
    if in_base64 is None:
        return encoded(_NAME, "stdin", text or "")
    try:
        return base64.b64decode(in_base64, validate=True)
    except binascii.Error as error:
        raise ToolError(
            _NAME, f"'stdinBase64' is not base64 ({error}).", "Encode the bytes again."
        ) from error


def _camel(name: str) -> str:
    return _SNAKE.sub(lambda match: match[1].upper(), name)


def _result(outcome: CommandOutcome) -> JsonObject:
    last = outcome.statuses[-1]
    result: dict[str, JsonValue] = {
        "exitCode": last.code,
        "stdout": _text(outcome.stdout),
        "stderr": _text(outcome.stderr),
        "truncatedStdout": outcome.stdout.truncated,
        "truncatedStderr": outcome.stderr.truncated,
        "durationMs": outcome.duration_ms,
    }
    for name, captured in (("stdout", outcome.stdout), ("stderr", outcome.stderr)):
        if captured.truncated:
            result[f"{name}Bytes"] = captured.size
        if captured.file is not None:
            result[f"{name}File"] = captured.file
    if len(outcome.statuses) > 1:
        result["exitCodes"] = [status.code for status in outcome.statuses]
    return {**result, **_end(outcome.statuses)}


def _text(captured: Captured) -> str:
    """The text; a byte that is none shows as \\xNN, and the file that the result then names has it as it is."""
    return captured.inline.decode("utf-8", "backslashreplace")


def _end(statuses: Sequence[ExitStatus]) -> JsonObject:
    """How it ended, if not by itself: of a pipeline the last program that did not, but for one whose reader had
    enough.
    """
    odd = [status for status in statuses if status.cause != "exit"]
    if len(statuses) > 1:
        odd = [status for status in odd if signal_name(status.signal) != "SIGPIPE"]
    if not odd:
        return {}
    end: dict[str, JsonValue] = {"cause": odd[-1].cause}
    if odd[-1].signal:
        end["signal"] = signal_name(odd[-1].signal)
    if odd[-1].detail:
        end["detail"] = odd[-1].detail
    return end
