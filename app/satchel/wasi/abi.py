"""The binary interface that guest programs see: the one definition of every number, structure and call.

WASI preview 1 (`wasi_snapshot_preview1`, the interface types of witx `wasi_snapshot_preview1.witx`), and the four
modules of Satchel's own beside it. `worker/generated/abi.js`, the C header for bundle authors and the tables of
`docs/abi.md` are generated from here; the server's host uses it directly. No behaviour is defined here.

Every call but `proc_exit` returns an `Errno` as i32. Pointers and sizes are u32 into the guest's memory, little
endian.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final, Literal, TypeAlias

PREVIEW1: Final = "wasi_snapshot_preview1"


class Errno(IntEnum):
    """Result of a call. The names are POSIX's without the E."""

    SUCCESS = 0
    TOOBIG = 1
    ACCES = 2
    ADDRINUSE = 3
    ADDRNOTAVAIL = 4
    AFNOSUPPORT = 5
    AGAIN = 6
    ALREADY = 7
    BADF = 8
    BADMSG = 9
    BUSY = 10
    CANCELED = 11
    CHILD = 12
    CONNABORTED = 13
    CONNREFUSED = 14
    CONNRESET = 15
    DEADLK = 16
    DESTADDRREQ = 17
    DOM = 18
    DQUOT = 19
    EXIST = 20
    FAULT = 21
    FBIG = 22
    HOSTUNREACH = 23
    IDRM = 24
    ILSEQ = 25
    INPROGRESS = 26
    INTR = 27
    INVAL = 28
    IO = 29
    ISCONN = 30
    ISDIR = 31
    LOOP = 32
    MFILE = 33
    MLINK = 34
    MSGSIZE = 35
    MULTIHOP = 36
    NAMETOOLONG = 37
    NETDOWN = 38
    NETRESET = 39
    NETUNREACH = 40
    NFILE = 41
    NOBUFS = 42
    NODEV = 43
    NOENT = 44
    NOEXEC = 45
    NOLCK = 46
    NOLINK = 47
    NOMEM = 48
    NOMSG = 49
    NOPROTOOPT = 50
    NOSPC = 51
    NOSYS = 52
    NOTCONN = 53
    NOTDIR = 54
    NOTEMPTY = 55
    NOTRECOVERABLE = 56
    NOTSOCK = 57
    NOTSUP = 58
    NOTTY = 59
    NXIO = 60
    OVERFLOW = 61
    OWNERDEAD = 62
    PERM = 63
    PIPE = 64
    PROTO = 65
    PROTONOSUPPORT = 66
    PROTOTYPE = 67
    RANGE = 68
    ROFS = 69
    SPIPE = 70
    SRCH = 71
    STALE = 72
    TIMEDOUT = 73
    TXTBSY = 74
    XDEV = 75
    NOTCAPABLE = 76


class Rights(IntFlag):
    """What a file descriptor may be used for (`rights`, u64)."""

    FD_DATASYNC = 1 << 0
    FD_READ = 1 << 1
    FD_SEEK = 1 << 2
    FD_FDSTAT_SET_FLAGS = 1 << 3
    FD_SYNC = 1 << 4
    FD_TELL = 1 << 5
    FD_WRITE = 1 << 6
    FD_ADVISE = 1 << 7
    FD_ALLOCATE = 1 << 8
    PATH_CREATE_DIRECTORY = 1 << 9
    PATH_CREATE_FILE = 1 << 10
    PATH_LINK_SOURCE = 1 << 11
    PATH_LINK_TARGET = 1 << 12
    PATH_OPEN = 1 << 13
    FD_READDIR = 1 << 14
    PATH_READLINK = 1 << 15
    PATH_RENAME_SOURCE = 1 << 16
    PATH_RENAME_TARGET = 1 << 17
    PATH_FILESTAT_GET = 1 << 18
    PATH_FILESTAT_SET_SIZE = 1 << 19
    PATH_FILESTAT_SET_TIMES = 1 << 20
    FD_FILESTAT_GET = 1 << 21
    FD_FILESTAT_SET_SIZE = 1 << 22
    FD_FILESTAT_SET_TIMES = 1 << 23
    PATH_SYMLINK = 1 << 24
    PATH_REMOVE_DIRECTORY = 1 << 25
    PATH_UNLINK_FILE = 1 << 26
    POLL_FD_READWRITE = 1 << 27
    SOCK_SHUTDOWN = 1 << 28
    SOCK_ACCEPT = 1 << 29


class Filetype(IntEnum):
    """Type of a file (u8)."""

    UNKNOWN = 0
    BLOCK_DEVICE = 1
    CHARACTER_DEVICE = 2
    DIRECTORY = 3
    REGULAR_FILE = 4
    SOCKET_DGRAM = 5
    SOCKET_STREAM = 6
    SYMBOLIC_LINK = 7


class Oflags(IntFlag):
    """How `path_open` opens (u16)."""

    CREAT = 1 << 0
    DIRECTORY = 1 << 1
    EXCL = 1 << 2
    TRUNC = 1 << 3


class Fdflags(IntFlag):
    """Flags of an open file (u16)."""

    APPEND = 1 << 0
    DSYNC = 1 << 1
    NONBLOCK = 1 << 2
    RSYNC = 1 << 3
    SYNC = 1 << 4


class Lookupflags(IntFlag):
    """How a path is resolved (u32)."""

    SYMLINK_FOLLOW = 1 << 0


class Fstflags(IntFlag):
    """Which times are set, and to what (u16)."""

    ATIM = 1 << 0
    ATIM_NOW = 1 << 1
    MTIM = 1 << 2
    MTIM_NOW = 1 << 3


class Whence(IntEnum):
    """What `fd_seek` counts from (u8)."""

    SET = 0
    CUR = 1
    END = 2


class Clockid(IntEnum):
    """Clocks (u32)."""

    REALTIME = 0
    MONOTONIC = 1
    PROCESS_CPUTIME_ID = 2
    THREAD_CPUTIME_ID = 3


class Eventtype(IntEnum):
    """What `poll_oneoff` waits for (u8)."""

    CLOCK = 0
    FD_READ = 1
    FD_WRITE = 2


class Subclockflags(IntFlag):
    """Flags of a clock subscription (u16)."""

    SUBSCRIPTION_CLOCK_ABSTIME = 1 << 0


class Eventrwflags(IntFlag):
    """State of an fd in an event (u16)."""

    FD_READWRITE_HANGUP = 1 << 0


class Advice(IntEnum):
    """Advice of `fd_advise` (u8)."""

    NORMAL = 0
    SEQUENTIAL = 1
    RANDOM = 2
    WILLNEED = 3
    DONTNEED = 4
    NOREUSE = 5


class Signal(IntEnum):
    """Signals of `proc_raise` and of `satchel_process_v1.kill`, with preview 1's numbers (u8)."""

    NONE = 0
    HUP = 1
    INT = 2
    QUIT = 3
    ILL = 4
    TRAP = 5
    ABRT = 6
    BUS = 7
    FPE = 8
    KILL = 9
    USR1 = 10
    SEGV = 11
    USR2 = 12
    PIPE = 13
    ALRM = 14
    TERM = 15
    CHLD = 16
    CONT = 17
    STOP = 18
    TSTP = 19
    TTIN = 20
    TTOU = 21
    URG = 22
    XCPU = 23
    XFSZ = 24
    VTALRM = 25
    PROF = 26
    WINCH = 27
    POLL = 28
    PWR = 29
    SYS = 30


class SpawnFlags(IntFlag):
    """Flags of `satchel_process_v1.spawn` (u32)."""

    SEARCH_PATH = 1 << 0


class WaitFlags(IntFlag):
    """Flags of `satchel_process_v1.wait` (u32)."""

    NOHANG = 1 << 0


class AccessMode(IntFlag):
    """What `satchel_fs_v1.path_access` asks about (u32); 0 asks whether the file exists."""

    EXECUTE = 1 << 0
    WRITE = 1 << 1
    READ = 1 << 2


class LockOperation(IntFlag):
    """Operation of `satchel_fs_v1.fd_lock` (u32), as `flock`."""

    SHARED = 1 << 0
    EXCLUSIVE = 1 << 1
    NONBLOCK = 1 << 2
    UNLOCK = 1 << 3


class TerminalMode(IntFlag):
    """Line discipline of a terminal (u32), the parts of termios that matter here."""

    ICANON = 1 << 0
    ECHO = 1 << 1
    ISIG = 1 << 2
    ICRNL = 1 << 3
    OPOST = 1 << 4


@dataclass(frozen=True, slots=True)
class Struct:
    """A structure in guest memory: its size in bytes and the offset of each field."""

    size: int
    fields: dict[str, int]


STRUCTS: Final[dict[str, Struct]] = {
    "prestat": Struct(8, {"tag": 0, "name_len": 4}),
    "fdstat": Struct(24, {"filetype": 0, "flags": 2, "rights_base": 8, "rights_inheriting": 16}),
    # `mode` (u32, POSIX permission bits; bit 31 set says that it is known) lies in what preview 1 leaves as padding:
    # other programs ignore it, other hosts leave it 0.
    "filestat": Struct(
        64,
        {
            "dev": 0,
            "ino": 8,
            "filetype": 16,
            "mode": 20,
            "nlink": 24,
            "size": 32,
            "atim": 40,
            "mtim": 48,
            "ctim": 56,
        },
    ),
    "dirent": Struct(24, {"next": 0, "ino": 8, "namlen": 16, "type": 20}),
    "iovec": Struct(8, {"buf": 0, "buf_len": 4}),
    "subscription": Struct(
        48,
        {
            "userdata": 0,
            "tag": 8,
            "clock_id": 16,
            "clock_timeout": 24,
            "clock_precision": 32,
            "clock_flags": 40,
            "fd": 16,
        },
    ),
    "event": Struct(32, {"userdata": 0, "error": 8, "type": 10, "nbytes": 16, "flags": 24}),
}
FILESTAT_MODE_KNOWN: Final = 1 << 31
# Most bytes that a spawn or exec may bring: four strings with a length of four bytes each, and the pairs of `fds`.
MOST_PROGRAM_BYTES: Final = 1 << 20

ValueType: TypeAlias = Literal["i32", "i64"]


@dataclass(frozen=True, slots=True)
class Call:
    """One imported function: `parameters` as (name, wasm type), and what it does for the documentation."""

    name: str
    parameters: tuple[tuple[str, ValueType], ...]
    text: str = ""
    returns_errno: bool = True


def _call(name: str, parameters: str, text: str = "", *, returns_errno: bool = True) -> Call:
    """A call from `name:type` words; a word without a type is i32."""
    pairs: list[tuple[str, ValueType]] = []
    for word in parameters.split():
        parameter, _, kind = word.partition(":")
        pairs.append((parameter, "i64" if kind == "i64" else "i32"))
    return Call(name, tuple(pairs), text, returns_errno)


PREVIEW1_CALLS: Final[tuple[Call, ...]] = (
    _call("args_get", "argv argv_buf"),
    _call("args_sizes_get", "argc argv_buf_size"),
    _call("environ_get", "environ environ_buf"),
    _call("environ_sizes_get", "count buf_size"),
    _call("clock_res_get", "id resolution"),
    _call("clock_time_get", "id precision:i64 time"),
    _call("fd_advise", "fd offset:i64 len:i64 advice"),
    _call("fd_allocate", "fd offset:i64 len:i64"),
    _call("fd_close", "fd"),
    _call("fd_datasync", "fd"),
    _call("fd_fdstat_get", "fd stat"),
    _call("fd_fdstat_set_flags", "fd flags"),
    _call("fd_fdstat_set_rights", "fd rights_base:i64 rights_inheriting:i64"),
    _call("fd_filestat_get", "fd buf"),
    _call("fd_filestat_set_size", "fd size:i64"),
    _call("fd_filestat_set_times", "fd atim:i64 mtim:i64 fst_flags"),
    _call("fd_pread", "fd iovs iovs_len offset:i64 nread"),
    _call("fd_prestat_get", "fd buf"),
    _call("fd_prestat_dir_name", "fd path path_len"),
    _call("fd_pwrite", "fd iovs iovs_len offset:i64 nwritten"),
    _call("fd_read", "fd iovs iovs_len nread"),
    _call("fd_readdir", "fd buf buf_len cookie:i64 bufused"),
    _call("fd_renumber", "fd to"),
    _call("fd_seek", "fd offset:i64 whence newoffset"),
    _call("fd_sync", "fd"),
    _call("fd_tell", "fd offset"),
    _call("fd_write", "fd iovs iovs_len nwritten"),
    _call("path_create_directory", "fd path path_len"),
    _call("path_filestat_get", "fd flags path path_len buf"),
    _call("path_filestat_set_times", "fd flags path path_len atim:i64 mtim:i64 fst_flags"),
    _call("path_link", "old_fd old_flags old_path old_path_len new_fd new_path new_path_len"),
    _call(
        "path_open",
        "fd dirflags path path_len oflags rights_base:i64 rights_inheriting:i64 fdflags opened_fd",
    ),
    _call("path_readlink", "fd path path_len buf buf_len bufused"),
    _call("path_remove_directory", "fd path path_len"),
    _call("path_rename", "fd old_path old_path_len new_fd new_path new_path_len"),
    _call("path_symlink", "old_path old_path_len fd new_path new_path_len"),
    _call("path_unlink_file", "fd path path_len"),
    _call("poll_oneoff", "in out nsubscriptions nevents"),
    _call("proc_exit", "code", returns_errno=False),
    _call("proc_raise", "signal"),
    _call("random_get", "buf buf_len"),
    _call("sched_yield", ""),
    _call("sock_accept", "fd flags result_fd"),
    _call("sock_recv", "fd ri_data ri_data_len ri_flags ro_datalen ro_flags"),
    _call("sock_send", "fd si_data si_data_len si_flags so_datalen"),
    _call("sock_shutdown", "fd how"),
)

_STRINGS = "Strings of `argv` and `env` lie one after another, each ended by a NUL."

PROCESS_CALLS: Final[tuple[Call, ...]] = (
    _call(
        "spawn",
        "file file_len argv argv_len env env_len cwd cwd_len fds fds_len flags pid",
        "Start a program. `file` is a guest path (relative to `cwd`), or with SEARCH_PATH a name looked up in the "
        f"PATH of `env`. {_STRINGS} `fds` are `fds_len` pairs of i32 (fd in the child, fd here); nothing else is "
        "inherited, and descriptors are shared as by fork (one offset). Directories that were preopened here are "
        "preopened there. AGAIN when there are too many processes, NOENT, ACCES, NOEXEC as execve; NOTCAPABLE when "
        "it may not be run.",
    ),
    _call(
        "exec",
        "file file_len argv argv_len env env_len cwd cwd_len flags",
        "Become another program, with the same pid and descriptors; returns only on failure, as `spawn`.",
    ),
    _call(
        "wait",
        "pid flags child status",
        "Wait for a child (pid -1: any). Stores its pid (0 with NOHANG when none has ended) and its wait status as "
        "POSIX lays it out: exit code << 8, or the signal's number. CHILD when there is none.",
    ),
    _call("kill", "pid signal", "Send a signal to a process of one's own tree. SRCH, INVAL."),
    _call("ids", "pid parent", "The ids of this process and of its parent (0 for none)."),
    _call("pipe", "reader writer", "A pipe: two new descriptors. MFILE."),
    _call(
        "dup",
        "fd minimum new_fd",
        "Another descriptor of the same open file, at least `minimum`. BADF, MFILE.",
    ),
    _call("dup_to", "fd to", "As dup2: `to` is closed first if it is open. BADF."),
)

FS_CALLS: Final[tuple[Call, ...]] = (
    _call("fd_chmod", "fd mode", "Set the permission bits of an open file."),
    _call(
        "path_chmod", "fd flags path path_len mode", "Set permission bits by path; `flags` as `lookupflags`."
    ),
    _call(
        "path_access",
        "fd flags path path_len mode",
        "Whether `mode` (AccessMode) would be allowed. ACCES, NOENT.",
    ),
    _call("umask", "mask previous", "Set the file creation mask and store the one before."),
    _call("fd_lock", "fd operation", "Advisory lock of the whole file, as flock. AGAIN with NONBLOCK."),
    _call(
        "fd_path",
        "fd buf buf_len used",
        "Guest path of an open directory, without a NUL. RANGE when too long.",
    ),
)

NET_CALLS: Final[tuple[Call, ...]] = (
    _call(
        "open",
        "request request_len body body_len handle",
        "Begin a request: `METHOD URL`, then header lines, LF between them. NOTCAPABLE when it may not be made.",
    ),
    _call(
        "head",
        "handle buf buf_len used",
        "Status line and header lines, once they are there. RANGE when too long.",
    ),
    _call("read", "handle buf buf_len nread", "Bytes of the body; 0 at its end."),
    _call("close", "handle", "Let go of a request, finished or not."),
)

TTY_CALLS: Final[tuple[Call, ...]] = (
    _call("isatty", "fd", "SUCCESS for a terminal, else NOTTY."),
    _call("size_get", "fd rows columns", "Size in characters (u32 each). NOTTY."),
    _call("mode_get", "fd mode", "The `TerminalMode` in force. NOTTY."),
    _call("mode_set", "fd mode", "Change the `TerminalMode`. NOTTY."),
)

MODULES: Final[dict[str, tuple[Call, ...]]] = {
    PREVIEW1: PREVIEW1_CALLS,
    "satchel_process_v1": PROCESS_CALLS,
    "satchel_fs_v1": FS_CALLS,
    "satchel_net_v1": NET_CALLS,
    "satchel_tty_v1": TTY_CALLS,
}
ENUMS: Final[tuple[type[IntEnum] | type[IntFlag], ...]] = (
    Errno,
    Rights,
    Filetype,
    Oflags,
    Fdflags,
    Lookupflags,
    Fstflags,
    Whence,
    Clockid,
    Eventtype,
    Subclockflags,
    Eventrwflags,
    Advice,
    Signal,
    SpawnFlags,
    WaitFlags,
    AccessMode,
    LockOperation,
    TerminalMode,
)

ALL_RIGHTS: Final = Rights((1 << 30) - 1)
