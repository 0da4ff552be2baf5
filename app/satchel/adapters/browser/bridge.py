"""The one way from Python to the worker's JavaScript; the only module that knows of Pyodide.

`JsHost` and the protocols beside it type the JavaScript objects of `worker/bridge/`, function by function. Text,
numbers and bytes cross; errors come back as the exceptions Python code expects (`translated_errors`).
"""

from __future__ import annotations

import errno
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar, cast

from js import Object
from pyodide.ffi import JsException, create_proxy, to_js

from satchel.base.jsonvalue import JsonObject, dumps

_T = TypeVar("_T")


class JsBytes(Protocol):
    """A `Uint8Array`."""

    def to_bytes(self) -> bytes:
        """A copy of its content."""


class JsLogHandle(Protocol):
    """`LogHandle` of `worker/bridge/session_logs.js`."""

    def size(self) -> int:
        """Length in bytes."""

    def read(self, offset: int, length: int) -> JsBytes:
        """Fewer bytes than `length` at the end of the file."""

    def append(self, data: JsBytes) -> bool:
        """False when there was no room; nothing was appended then."""

    def flush(self) -> None:
        """Make everything appended durable."""

    def truncate(self, size: int) -> None:
        """Cut to `size` bytes."""

    def close(self) -> None:
        """Let go of the file."""


class JsSessionLogs(Protocol):
    """`SessionLogs` of `worker/bridge/session_logs.js`."""

    def list(self) -> Awaitable[Sequence[str]]:
        """Ids of all sessions that have a log."""

    def open(self, session: str, create: bool) -> Awaitable[JsLogHandle]:
        """Open one log and hold it."""

    def remove(self, session: str) -> Awaitable[None]:
        """Remove a log and what was quarantined of it."""

    def readIndex(self) -> Awaitable[JsBytes | None]:  # noqa: N802 - the name is JavaScript's
        """The stored catalogue."""

    def writeIndex(self, data: JsBytes) -> Awaitable[None]:  # noqa: N802 - the name is JavaScript's
        """Replace the catalogue."""

    def quarantine(self, session: str, name: str, data: JsBytes) -> Awaitable[None]:
        """Keep damaged bytes."""


class JsFolderReader(Protocol):
    """`FolderReader` or `FileListReader` of `worker/bridge/`."""

    name: str

    def list(self, path: str) -> Awaitable[str]:
        """JSON: the entries of a directory."""

    def read(self, path: str) -> Awaitable[JsBytes]:
        """The content of a file."""

    def copyInto(self, paths: str, destination: str) -> Awaitable[str]:  # noqa: N802 - the name is JavaScript's
        """JSON in and out: copy files to a host directory."""

    def close(self) -> None:
        """Let go of everything."""


class JsFound(Protocol):
    """What `FolderWriter.read` found; `data` is None for a directory."""

    kind: str
    data: JsBytes | None


class JsFolderWriter(Protocol):
    """`FolderWriter` of `worker/bridge/folder_writer.js`."""

    name: str

    def read(self, path: str) -> Awaitable[JsFound | None]:
        """What is at a path."""

    def write(self, path: str, data: JsBytes) -> Awaitable[None]:
        """Replace or make a file."""

    def remove(self, path: str) -> Awaitable[None]:
        """Remove a file."""

    def removeDirectory(self, path: str) -> Awaitable[bool]:  # noqa: N802 - the name is JavaScript's
        """Remove an empty directory."""


class JsOpenProject(Protocol):
    """`OpenProject` of `worker/bridge/projects.js`."""

    root: str

    def cloneTree(self, source: str, destination: str) -> int:  # noqa: N802 - the name is JavaScript's
        """Copy on write; 0 or an errno."""

    def flush(self) -> bool:
        """Write what changed to the journal; whether it is durable now."""

    def compact(self) -> Awaitable[None]:
        """Write a new pack and empty the journal."""

    def close(self) -> None:
        """Flush, unmount, let go of all files."""


class JsProjects(Protocol):
    """`Projects` of `worker/bridge/projects.js`."""

    def list(self) -> Awaitable[str]:
        """JSON: the records of all projects."""

    def writeRecord(self, project: str, record: str) -> Awaitable[None]:  # noqa: N802 - the name is JavaScript's
        """Make or replace the record of a project."""

    def open(self, project: str) -> Awaitable[JsOpenProject]:
        """Restore a project and mount it."""

    def remove(self, project: str) -> Awaitable[None]:
        """Delete a project with all it holds, and forget its folder."""


class JsProgram(Protocol):
    """`JobProgram` of `worker/bridge/processes.js`."""

    pid: int

    def wait(self) -> Awaitable[str]:
        """JSON: how it ended."""

    def read(self, stream: str) -> Awaitable[JsBytes | None]:
        """What it has written since; None at the end."""

    def write(self, data: JsBytes) -> Awaitable[bool]:
        """Give it input; false when nobody reads any more."""

    def closeInput(self) -> None:  # noqa: N802 - the name is JavaScript's
        """End of its input."""

    def unreadInput(self) -> JsBytes:  # noqa: N802 - the name is JavaScript's
        """What nobody has read of its input."""

    def kill(self, signal: int) -> None:
        """Send a signal."""

    def resize(self, rows: int, columns: int) -> None:
        """Its terminal has another size."""

    def setAccess(self, access: str) -> None:  # noqa: N802 - the name is JavaScript's
        """JSON: another table of what it may do."""


class JsProjectProcesses(Protocol):
    """`ProjectProcesses` of `worker/bridge/processes.js`."""

    def spawn(self, request: str, module: JsBytes | None) -> Awaitable[JsProgram] | JsProgram:
        """Start a program; JSON as `JobRequest` has it. At once when it is known."""

    def spawnPipeline(self, requests: str) -> Awaitable[Sequence[JsProgram]]:  # noqa: N802 - the name is JavaScript's
        """Start several, each reading from the one before."""

    def close(self) -> None:
        """End all."""


class JsProcesses(Protocol):
    """`Processes` of `worker/bridge/processes.js`."""

    mode: str

    def index(self) -> Awaitable[str | None]:
        """The site's list of bundles."""

    def install(self, commands: str) -> None:
        """JSON: the commands that programs find."""

    def open(self, root: str, on_question: object, on_refusal: object, on_over: object) -> JsProjectProcesses:
        """Begin to run programs on a mounted project."""


class JsHost(Protocol):
    """The object that `worker/bridge/host.js` makes."""

    start: str
    logs: JsSessionLogs | None
    projects: JsProjects
    processes: JsProcesses

    def serve(self) -> int:
        """Serve what programs wait for, once; what the user wants stopped, as bits (`entry.browser.StopWish`)."""

    def probe(self, answering: JsBytes) -> Awaitable[str]:
        """JSON: what the browser lends, found by using it."""

    def pause(self) -> Awaitable[None]:
        """Resolves when everything that waits for this thread was served once."""

    def link(self, source: str, destination: str) -> int:
        """Make a hard link between absolute host paths of one project; 0 or an errno."""

    def post(self, text: str) -> None:
        """Send a message to the page."""

    def postWithData(self, text: str, data: JsBytes) -> None:  # noqa: N802 - the name is JavaScript's
        """Send a message with bytes to the page."""

    def folderReader(self, handle: object) -> JsFolderReader:  # noqa: N802 - the name is JavaScript's
        """Read a real folder by its directory handle."""

    def fileListReader(self, files: object) -> JsFolderReader:  # noqa: N802 - the name is JavaScript's
        """Read a folder that came as a list of files."""

    def folderWriter(self, handle: object) -> JsFolderWriter:  # noqa: N802 - the name is JavaScript's
        """Write into a real folder by its directory handle."""

    def readFile(self, file: object) -> Awaitable[JsBytes]:  # noqa: N802 - the name is JavaScript's
        """All of a file the user gave."""


def send(host: JsHost, message: JsonObject, data: bytes | None = None) -> None:
    """Post a message of `entry.wire` to the page, `data` beside it."""
    if data is None:
        host.post(dumps(message))
    else:
        host.postWithData(dumps(message), js_bytes(data))


def js_bytes(data: bytes) -> JsBytes:
    """A copy of `data` as a Uint8Array that JavaScript may keep."""
    return cast(JsBytes, to_js(data))


class Callback(Protocol):
    """A Python function that JavaScript holds until `destroy` is called."""

    def destroy(self) -> None:
        """Let go of it."""


def callback(function: Callable[..., object]) -> Callback:
    """`function` in a form that JavaScript may keep."""
    return cast(Callback, create_proxy(function))


def error_code(error: JsException) -> str:
    """The `code` of a JavaScript error (of an `FsError` its POSIX name); empty when it has none."""
    code = getattr(error, "code", "")
    return code if isinstance(code, str) else ""


class MessageReceiver(Protocol):
    """What the worker hands messages to."""

    receive: Callable[[str, object], None]


def receiver(receive: Callable[[str, object], None]) -> MessageReceiver:
    """`receive(json_text, host_object)` in a form that JavaScript may keep for the life of the worker."""
    return cast(MessageReceiver, to_js({"receive": create_proxy(receive)}, dict_converter=Object.fromEntries))


@contextmanager
def translated_errors() -> Iterator[None]:
    """Turn the exceptions of the browser's storage into OSError."""
    try:
        yield
    except JsException as error:
        raise _as_os_error(error) from error


def _as_os_error(error: JsException) -> OSError:
    match error.name:
        case "NotFoundError":
            return FileNotFoundError(errno.ENOENT, error.message)
        case "QuotaExceededError":
            return OSError(errno.ENOSPC, error.message)
        case "NoModificationAllowedError":
            return OSError(errno.EBUSY, error.message)
        case "NotAllowedError" | "SecurityError":
            return PermissionError(errno.EACCES, error.message)
        case "TypeMismatchError":
            return IsADirectoryError(errno.EISDIR, error.message)
        case "TypeError":
            return OSError(errno.EINVAL, error.message)
        case _:
            return OSError(errno.EIO, f"{error.name}: {error.message}")
