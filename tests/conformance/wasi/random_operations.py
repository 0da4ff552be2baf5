"""Random sequences of file operations as scripts of `calls`, and what a real POSIX directory says to each.

The model is this machine's own file system through `os`: every operation is done there first, and its result is put
into the words that `calls` prints. Differences that are right are few, and each is named where it is made.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.conformance.wasi.case_files import DIRECTORY_RIGHTS, FILE_RIGHTS, Case

_NAMES = ("a", "b", "c", "d")
_FIRST_FREE = 5
_TYPES = {stat.S_IFREG: 4, stat.S_IFDIR: 3, stat.S_IFLNK: 7}


class Model:
    """A real directory with a table of descriptors; writes down script and expected output side by side."""

    def __init__(self, root: Path, random: Random) -> None:
        self._random = random
        self._root = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        self._fds: dict[int, int] = {}
        self._directories: set[int] = set()
        self.script: list[str] = []
        self.expected: list[str] = []

    def close(self) -> None:
        """Let go of everything."""
        for fd in [self._root, *self._fds.values()]:
            os.close(fd)

    def step(self) -> None:
        """One more operation."""
        names = [name for name in dir(self) if name.startswith("do_")]
        operation: Callable[[], None] = getattr(self, self._random.choice(names))
        operation()

    def _path(self) -> str:
        parts = self._random.choices(_NAMES, k=self._random.choice((1, 1, 1, 2, 2, 3)))
        extra = self._random.random()
        if extra < 0.05:
            parts.insert(self._random.randrange(len(parts) + 1), self._random.choice((".", "..")))
        return "/".join(parts) + ("/" if 0.05 < extra < 0.1 else "")

    def _fd(self) -> int:
        open_fds = sorted(set(self._fds) - self._directories)
        return self._random.choice(open_fds) if open_fds and self._random.random() < 0.95 else 40

    def _say(self, call: str, answer: str) -> None:
        self.script.append(call)
        self.expected.append(answer)

    def _try(self, call: str, action: Callable[[], str]) -> None:
        self._say(call, _answer(action))

    def _escapes(self, path: str) -> bool:
        # A confined directory refuses what POSIX has no word for; such a path is not tried against the model.
        depth = 0
        for part in path.split("/"):
            depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
            if depth < 0:
                return True
        return ".." in path

    def _safe_path(self) -> str:
        while self._escapes(path := self._path()):
            pass
        return path

    def _insert(self, fd: int, directory: bool) -> int:
        number = next(number for number in range(_FIRST_FREE, 99) if number not in self._fds)
        self._fds[number] = fd
        if directory:
            self._directories.add(number)
        return number

    def do_open(self) -> None:
        """path_open of a file."""
        path, follow = self._safe_path(), self._random.random() < 0.5
        oflags = self._random.choice((0, 1, 1, 1, 5, 8, 9))
        append = self._random.random() < 0.2
        flags = os.O_RDWR | (0 if follow else os.O_NOFOLLOW) | (os.O_APPEND if append else 0)
        for bit, flag in ((1, os.O_CREAT), (4, os.O_EXCL), (8, os.O_TRUNC)):
            flags |= flag if oflags & bit else 0

        def action() -> str:
            return f" f={self._insert(os.open(path, flags, 0o666, dir_fd=self._root), directory=False)}"

        if len(self._fds) < 20:
            self._try(
                f'path_open $w {int(follow)} "{path}" {oflags} {FILE_RIGHTS} 0 {int(append)} >f:u32', action
            )

    def do_open_directory(self) -> None:
        """path_open of a directory."""
        path = self._safe_path()

        def action() -> str:
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._root)
            return f" d={self._insert(fd, directory=True)}"

        if len(self._fds) < 20:
            self._try(f'path_open $w 1 "{path}" 2 {DIRECTORY_RIGHTS} {FILE_RIGHTS} 0 >d:u32', action)

    def do_close(self) -> None:
        """fd_close."""
        number = self._random.choice(sorted(self._fds)) if self._fds else 41

        def action() -> str:
            if number not in self._fds:
                raise OSError(errno.EBADF, "")
            self._directories.discard(number)
            os.close(self._fds.pop(number))
            return ""

        self._try(f"fd_close {number}", action)

    def do_write(self) -> None:
        """fd_write."""
        number, text = self._fd(), self._random.choice(("x", "hello", "0123456789" * 5))
        self._try(
            f'fd_write {number} ["{text}"] >n:u32',
            lambda: f" n={os.write(self._real(number), text.encode())}",
        )

    def do_read(self) -> None:
        """fd_read."""
        number, size = self._fd(), self._random.choice((1, 7, 100))
        self._try(f"fd_read {number} [{size}] >n:u32", lambda: _shown(os.read(self._real(number), size)))

    def do_pread(self) -> None:
        """fd_pread."""
        number, size, at = self._fd(), self._random.choice((1, 7, 100)), self._random.randrange(60)
        self._try(
            f"fd_pread {number} [{size}] {at} >n:u32", lambda: _shown(os.pread(self._real(number), size, at))
        )

    def do_pwrite(self) -> None:
        """fd_pwrite. Linux appends with pwrite to a file opened so, against POSIX; such files are left out."""
        number, at = self._fd(), self._random.randrange(60)
        if number in self._fds and self._appends(number):
            return
        self._try(
            f'fd_pwrite {number} ["PW"] {at} >n:u32', lambda: f" n={os.pwrite(self._real(number), b'PW', at)}"
        )

    def do_seek(self) -> None:
        """fd_seek."""
        number, whence, by = self._fd(), self._random.randrange(3), self._random.randrange(-20, 60)
        self._try(
            f"fd_seek {number} {by} {whence} >o:u64", lambda: f" o={os.lseek(self._real(number), by, whence)}"
        )

    def do_resize(self) -> None:
        """fd_filestat_set_size."""
        number, size = self._fd(), self._random.choice((0, 3, 30, 5000))
        self._try(
            f"fd_filestat_set_size {number} {size}", lambda: _done(os.ftruncate(self._real(number), size))
        )

    def do_fstat(self) -> None:
        """fd_filestat_get."""
        number = self._fd()
        self._try(f"fd_filestat_get {number} >s:filestat", lambda: _status(os.fstat(self._real(number))))

    def do_stat(self) -> None:
        """path_filestat_get."""
        path, follow = self._safe_path(), self._random.random() < 0.5
        self._try(
            f'path_filestat_get $w {int(follow)} "{path}" >s:filestat',
            lambda: _status(os.stat(path, dir_fd=self._root, follow_symlinks=follow)),
        )

    def do_make_directory(self) -> None:
        """path_create_directory."""
        path = self._safe_path()
        self._try(
            f'path_create_directory $w "{path}"', lambda: _done(os.mkdir(path, 0o777, dir_fd=self._root))
        )

    def do_remove_directory(self) -> None:
        """path_remove_directory."""
        path = self._safe_path()
        self._try(f'path_remove_directory $w "{path}"', lambda: _done(os.rmdir(path, dir_fd=self._root)))

    def do_unlink(self) -> None:
        """path_unlink_file."""
        path = self._safe_path()
        self._try(f'path_unlink_file $w "{path}"', lambda: _done(os.unlink(path, dir_fd=self._root)))

    def do_rename(self) -> None:
        """path_rename."""
        old, new = self._safe_path(), self._safe_path()
        self._try(
            f'path_rename $w "{old}" $w "{new}"',
            lambda: _done(os.rename(old, new, src_dir_fd=self._root, dst_dir_fd=self._root)),
        )

    def do_link(self) -> None:
        """path_link."""
        old, new = self._safe_path(), self._safe_path()
        self._try(
            f'path_link $w 0 "{old}" $w "{new}"',
            lambda: _done(
                os.link(old, new, src_dir_fd=self._root, dst_dir_fd=self._root, follow_symlinks=False)
            ),
        )

    def do_symlink(self) -> None:
        """path_symlink, to a sibling."""
        target, path = self._random.choice(_NAMES), self._safe_path()
        self._try(
            f'path_symlink "{target}" $w "{path}"', lambda: _done(os.symlink(target, path, dir_fd=self._root))
        )

    def do_readlink(self) -> None:
        """path_readlink."""
        path = self._safe_path()
        self._try(
            f'path_readlink $w "{path}" >b:buf(90) >n:u32',
            lambda: _shown(os.readlink(path, dir_fd=self._root).encode()),
        )

    def do_list(self) -> None:
        """fd_readdir of an open directory."""
        number = self._random.choice(sorted(self._directories)) if self._directories else 42

        def action() -> str:
            if number not in self._fds:
                raise OSError(errno.EBADF, "")
            found = {
                entry.name: _TYPES[stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)]
                for entry in self._scan(number)
            }
            # A directory that was removed while open is empty for good; POSIX leaves open whether it has dots.
            return "".join(f' "{name}":{kind}' for name, kind in sorted({".": 3, "..": 3, **found}.items()))

        if number in self._fds and os.fstat(self._fds[number]).st_nlink == 0:
            return
        self._try(f"fd_readdir {number} >l:dirents(4000) 0 >n:var32", action)

    def do_times(self) -> None:
        """path_filestat_set_times, then what a stat says."""
        path, when = self._safe_path(), self._random.randrange(10**18)

        def action() -> str:
            os.utime(path, ns=(when, when), dir_fd=self._root, follow_symlinks=False)
            return ""

        self._try(f'path_filestat_set_times $w 0 "{path}" {when} {when} 5', action)

    def do_renumber(self) -> None:
        """fd_renumber."""
        files = sorted(set(self._fds) - self._directories)
        if len(files) < 2:
            return
        old, new = self._random.sample(files, 2)

        def action() -> str:
            os.close(self._fds[new])
            self._fds[new] = self._fds.pop(old)
            return ""

        self._try(f"fd_renumber {old} {new}", action)

    def _real(self, number: int) -> int:
        if number not in self._fds:
            raise OSError(errno.EBADF, "")
        return self._fds[number]

    def _appends(self, number: int) -> bool:
        text = Path(f"/proc/self/fdinfo/{self._fds[number]}").read_text(encoding="ascii")
        return bool(int(text.split("flags:")[1].split()[0], 8) & os.O_APPEND)

    def _scan(self, number: int) -> Iterator[os.DirEntry[str]]:
        with os.scandir(self._fds[number]) as entries:
            yield from entries


def _answer(action: Callable[[], str]) -> str:
    try:
        return f"SUCCESS{action()}"
    except OSError as error:
        return errno.errorcode[error.errno or 0].removeprefix("E")


def _done(_: None) -> str:
    return ""


def _shown(data: bytes) -> str:
    text = data.decode("ascii").replace("\0", "\\0")
    return f' n={len(data)} "{text}"'


def _status(status: os.stat_result) -> str:
    kind = _TYPES[stat.S_IFMT(status.st_mode)]
    size = "" if kind == 3 else f" nlink={status.st_nlink} size={status.st_size}"
    return f" type={kind}{size} mode={stat.S_IMODE(status.st_mode):o}"


@contextmanager
def _usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    try:
        yield
    finally:
        os.umask(before)


def random_case(identity: str, random: Random, folder: Path, steps: int) -> Case:
    """A case of `steps` operations on the guest's root; `folder` is an empty directory for the model."""
    with _usual_umask():
        model = Model(folder, random)
        try:
            for _ in range(steps):
                model.step()
        finally:
            model.close()
    first = f'path_open 3 0 "workspace" 2 {DIRECTORY_RIGHTS} 1073741823 0 >w:u32'
    return Case(
        id=f"random: {identity} [root]",
        place="root",
        program="calls",
        argv=("calls", "\n".join([first, *model.script])),
        stdout="\n".join(["SUCCESS w=4", *model.expected, ""]).encode(),
    )
