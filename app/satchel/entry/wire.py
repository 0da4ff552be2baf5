"""The messages between the page and the agent worker: one dataclass each, told apart by `type`.

This is the only definition; `worker/generated/protocol.d.ts` is generated from it, and the JavaScript on
both sides is checked against that. Messages are plain JSON but for the kinds of host object below, which
only structured clone can carry and which Python hands on without looking inside. (The generator reads the
annotations as objects, so they are not postponed here.)
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Literal, NewType, TypeAlias

from satchel.base.jsonvalue import JsonObject, JsonValue

DirectoryHandle = NewType("DirectoryHandle", object)
BrowserFile = NewType("BrowserFile", object)
Bytes = NewType("Bytes", object)
SharedMemory = NewType("SharedMemory", object)
Port = NewType("Port", object)

BootPhase: TypeAlias = Literal[
    "capabilities",
    "isolation",
    "owner",
    "worker",
    "storage",
    "snapshot",
    "download",
    "python",
    "package",
    "workspace",
    "agent",
]
FailureCode: TypeAlias = Literal[
    "insecure-context",
    "no-webassembly",
    "no-module-worker",
    "download-failed",
    "stalled",
    "quota",
    "runtime-crash",
    "python-error",
    "worker-lost",
    "crash-loop",
]
StorageKind: TypeAlias = Literal["opfs", "memory"]
Mode: TypeAlias = Literal["page", "headless"]


# --- Agent to page ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BootMessage:
    """Where the boot is. Bytes count all downloads of the boot together; `total` is 0 while unknown."""

    phase: BootPhase
    loaded: int = 0
    total: int = 0
    detail: str = ""
    type: Literal["boot"] = "boot"


@dataclass(frozen=True, slots=True)
class ReadyMessage:
    """The prompt can be used. `timings` are milliseconds by boot phase and by mark."""

    storage: StorageKind
    boot: Literal["snapshot", "plain"]
    timings: Mapping[str, float]
    owner: bool = True
    type: Literal["ready"] = "ready"


@dataclass(frozen=True, slots=True)
class FailureMessage:
    """The worker failed and sends nothing more.

    An empty `remedy` means that the page's text for `code` has it.
    """

    phase: BootPhase
    code: FailureCode
    message: str
    remedy: str = ""
    type: Literal["failure"] = "failure"


@dataclass(frozen=True, slots=True)
class RenderMessage:
    """The regions that changed since the last one, as (id, tree); null empties a region."""

    regions: tuple[tuple[str, JsonValue], ...]
    type: Literal["render"] = "render"


@dataclass(frozen=True, slots=True)
class EffectMessage:
    """Something to do once, with the fields that `name` needs.

    `focus` and `scroll` take `id`; `announce` and `copy` take `text`; `download` takes `filename`, `mime` and `data`;
    `terminal` takes `data`.
    """

    name: str
    id: str = ""
    text: str = ""
    session: str = ""
    polite: bool = False
    back: bool = False
    filename: str = ""
    mime: str = ""
    data: Bytes | None = None
    type: Literal["effect"] = "effect"


@dataclass(frozen=True, slots=True)
class EventMessage:
    """Headless only: one event of the session, as the JSON line that `--jsonl` prints."""

    line: str
    type: Literal["event"] = "event"


@dataclass(frozen=True, slots=True)
class HeadlessDoneMessage:
    """Headless only: the run is over.

    `summary` is JSON text in the form that `entry.browser_headless` documents.
    """

    summary: str
    type: Literal["headless.done"] = "headless.done"


@dataclass(frozen=True, slots=True)
class PongMessage:
    """The answer to a ping, given by the worker itself."""

    type: Literal["pong"] = "pong"


@dataclass(frozen=True, slots=True)
class GuestMessage:
    """From the worker itself: start the worker of a program, in a browser where only the page can.

    `line` is for that worker, `hold` for the page, and `life` the lock that tells of the agent's end: see
    `worker/process/page_worker.js`.
    """

    life: str
    line: Port
    hold: Port
    type: Literal["guest"] = "guest"


AgentMessage: TypeAlias = (
    BootMessage
    | ReadyMessage
    | FailureMessage
    | RenderMessage
    | EffectMessage
    | EventMessage
    | HeadlessDoneMessage
    | PongMessage
    | GuestMessage
)


# --- Page to agent ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StartMessage:
    """The first message of all. `safe` boots without snapshot and without the last project.

    Both it and `fresh` delete this build's snapshot: the last boot from it may have been what went wrong.

    `calm` is the user's wish for reduced motion: text need not come word by word for show. `stop_word` is 4 bytes that
    say what the user wants stopped, for when no message is heard; None where memory cannot be shared.
    `snapshots` is the path, relative to the site, below which whoever drives this browser keeps its snapshots; empty
    where the browser does.
    """

    mode: Mode
    safe: bool
    fresh: bool = False
    can_pick_folder: bool = True
    calm: bool = False
    offline: bool = False
    stop_word: SharedMemory | None = None
    snapshots: str = ""
    type: Literal["start"] = "start"


@dataclass(frozen=True, slots=True)
class ActionMessage:
    """The user did something that a view gave a name to."""

    name: str
    args: JsonObject = field(default_factory=dict)
    value: str | bool | None = None
    form: JsonObject = field(default_factory=dict)
    type: Literal["action"] = "action"


@dataclass(frozen=True, slots=True)
class FolderMessage:
    """A real folder was dropped or picked."""

    handle: DirectoryHandle
    type: Literal["folder"] = "folder"


@dataclass(frozen=True, slots=True)
class PickedFile:
    """One file of a folder that came without a handle; `path` is relative and '/'-separated."""

    path: str
    file: BrowserFile


@dataclass(frozen=True, slots=True)
class FilesMessage:
    """A folder came as a flat list of files (no folder picker here, or entries dropped one by one)."""

    files: tuple[PickedFile, ...]
    type: Literal["files"] = "files"


@dataclass(frozen=True, slots=True)
class ArchiveMessage:
    """A zip or tar archive was dropped or picked."""

    file: BrowserFile
    type: Literal["archive"] = "archive"


@dataclass(frozen=True, slots=True)
class PermissionResultMessage:
    """The browser's answer to the wish to write into the real folder.

    `handle` is null where none is known.
    """

    granted: bool
    handle: DirectoryHandle | None
    type: Literal["permission-result"] = "permission-result"


@dataclass(frozen=True, slots=True)
class VisibilityMessage:
    """The page was hidden or shown."""

    hidden: bool
    type: Literal["visibility"] = "visibility"


@dataclass(frozen=True, slots=True)
class ConnectionMessage:
    """The browser went offline or came back."""

    offline: bool
    type: Literal["connection"] = "connection"


@dataclass(frozen=True, slots=True)
class StorageProblemMessage:
    """From the worker itself: something of the workspace cannot be saved, or was found damaged and repaired."""

    kind: str
    message: str
    type: Literal["storage-problem"] = "storage-problem"


@dataclass(frozen=True, slots=True)
class PageProblemMessage:
    """From the page itself: something that the user did there could not be done, or not wholly."""

    message: str
    remedy: str = ""
    type: Literal["page-problem"] = "page-problem"


@dataclass(frozen=True, slots=True)
class PingMessage:
    """Are you there?"""

    type: Literal["ping"] = "ping"


@dataclass(frozen=True, slots=True)
class HeadlessStartMessage:
    """Run one task on one project.

    `archive` is a tar file in base64, `allow` the capabilities granted beforehand.
    """

    archive: str
    name: str
    task: str
    model: str
    allow: tuple[str, ...]
    max_steps: int
    type: Literal["headless.start"] = "headless.start"


@dataclass(frozen=True, slots=True)
class WasiDirectory:
    """A directory that a module gets as `guest`. `image` is JSON text as `entry.directory_image` has it."""

    guest: str
    image: str


@dataclass(frozen=True, slots=True)
class WasiStartMessage:
    """Headless only: run one module, as `satchel wasi` does. `module` is in base64, `env` are pairs.

    What it writes comes as `event` lines (`entry.browser_wasi`), how it ended as `headless.done`.
    """

    module: str
    program: str
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    directories: tuple[WasiDirectory, ...]
    type: Literal["wasi.start"] = "wasi.start"


@dataclass(frozen=True, slots=True)
class WasiInputMessage:
    """Headless only: standard input for the module, in base64; nothing is its end."""

    data: str
    type: Literal["wasi.input"] = "wasi.input"


@dataclass(frozen=True, slots=True)
class DoctorStartMessage:
    """Headless only: measure what this browser can do; the checks come as `headless.done`."""

    type: Literal["doctor.start"] = "doctor.start"


PageMessage: TypeAlias = (
    StartMessage
    | ActionMessage
    | FolderMessage
    | FilesMessage
    | ArchiveMessage
    | PermissionResultMessage
    | VisibilityMessage
    | ConnectionMessage
    | PingMessage
    | StorageProblemMessage
    | PageProblemMessage
    | HeadlessStartMessage
    | WasiStartMessage
    | WasiInputMessage
    | DoctorStartMessage
)


# --- Between tabs -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ViewerHelloMessage:
    """A tab that lost the owner lock asks the owner for the whole view."""

    type: Literal["hello"] = "hello"


@dataclass(frozen=True, slots=True)
class ViewerOwnerMessage:
    """A tab has become the owner: every tab that watches says hello to it."""

    type: Literal["owner"] = "owner"


ViewerMessage: TypeAlias = RenderMessage | ViewerHelloMessage | ViewerOwnerMessage


def encode(message: AgentMessage) -> JsonObject:
    """The message as the JSON object that is posted: field names in camel case, what is at its default left out."""
    result: dict[str, JsonValue] = {"type": message.type}
    for each in fields(message):
        value = getattr(message, each.name)
        if each.name != "type" and value != each.default:
            result[camel_case(each.name)] = value
    return result


def camel_case(name: str) -> str:
    """A Python field name as the wire spells it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
