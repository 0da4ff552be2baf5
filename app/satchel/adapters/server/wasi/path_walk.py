"""From a directory descriptor and a guest path to a place of the host: an open directory and one name in it.

Every component is looked up from an open directory with O_NOFOLLOW; a symbolic link is read and its target
walked here, in guest terms. The host's own resolution never sees a link that a guest made, and a name that is
swapped for a link between two steps changes nothing.

Two views. Below the guest root `..` stays at the root and absolute targets start there again. In a confined directory
(a developer's preopen) nothing leads out of the very directory that the path is relative to: PERM.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Final, Literal

from satchel.adapters.server.wasi.guest_tree import (
    DirectoryNode,
    GuestTree,
    LinkNode,
    MountNode,
    Node,
    ProcessView,
)
from satchel.adapters.server.wasi.open_beneath import WALK_FLAGS, open_beneath
from satchel.wasi.abi import Errno
from satchel.wasi.errors import WasiError

PATH_BYTES: Final = 4096
NAME_BYTES: Final = 255
_MOST_LINKS: Final = 40
_MAY_SEARCH: Final = 0o100
# Root is not held to permission bits by the system; a guest is, as the user it believes to be.
CHECKS_MODES: Final = os.geteuid() == 0


class Spot:
    """A directory on the way: of the host (`fd`) or of the guest's tree (`node`), and its guest path."""

    __slots__ = ("fd", "is_owned", "is_writable", "node", "path")

    def __init__(
        self,
        path: str,
        fd: int,
        node: DirectoryNode | None,
        *,
        is_owned: bool = False,
        is_writable: bool = False,
    ) -> None:
        self.path = path
        self.fd = fd
        self.node = node
        self.is_owned = is_owned
        self.is_writable = is_writable

    def close(self) -> None:
        if self.is_owned:
            os.close(self.fd)
            self.is_owned = False


def joined(directory: str, name: str) -> str:
    """The guest path of a name in a directory."""
    return f"/{name}" if directory == "/" else f"{directory}/{name}"


def decode_path(raw: bytes) -> str:
    """The path that a guest gave. NOENT for none, NAMETOOLONG, INVAL for a NUL, ILSEQ for what is not UTF-8."""
    if not raw:
        raise WasiError(Errno.NOENT)
    if len(raw) >= PATH_BYTES:
        raise WasiError(Errno.NAMETOOLONG)
    if b"\0" in raw:
        raise WasiError(Errno.INVAL)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise WasiError(Errno.ILSEQ) from None


class PathWalk:
    """One lookup. After construction `spot` is the directory of the last component and `name` that component.

    `name` is "" when the path names the directory `spot` itself (`.`, `..`, a mount point, the root), which
    cannot be made, moved or removed; `dots` is then the component as written. `slash` says that a slash
    followed. The last component is not followed until `follow` is called. To be closed.
    """

    __slots__ = (
        "_is_searchable",
        "_links",
        "_start",
        "_status",
        "_todo",
        "_tree",
        "_view",
        "dots",
        "name",
        "slash",
        "spot",
    )

    def __init__(self, tree: GuestTree | None, view: ProcessView | None, start: Spot, path: str) -> None:
        self._tree = tree
        self._view = view
        self._links = 0
        self._start = start
        self.spot = start
        self.slash = False
        self.dots = ""
        self.name = ""
        self._todo: list[str] = []
        # What was found out about `spot` and what is under `name`; as of this lookup.
        self._is_searchable = False
        self._status: os.stat_result | Literal["unknown"] | None = "unknown"
        try:
            self._enter_path(path)
            self._walk()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> PathWalk:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory that was opened."""
        self.spot.close()

    @property
    def path(self) -> str:
        """The guest path of what was found, free of symbolic links."""
        if not self.name:
            return self.spot.path
        return joined(self.spot.path, self.name)

    @property
    def node(self) -> Node | None:
        """What the guest's tree has under the name; None also for what lies on disk."""
        return self._child(self.spot.node, self.name) if self.spot.node is not None else None

    def status(self) -> os.stat_result | None:
        """`lstat` of what lies on disk under the name, None when nothing does. Looked up once for each place."""
        if self._status == "unknown":
            try:
                self._status = os.stat(self.name or ".", dir_fd=self.spot.fd, follow_symlinks=False)
            except FileNotFoundError:
                self._status = None
        return self._status

    def follow(self) -> bool:
        """If the last component is a symbolic link, go where it leads. Whether it was one."""
        is_link = False
        while self.name and (target := self._last_link_target()) is not None:
            is_link = True
            slash = self.slash
            self._enter_link(target, [])
            self._walk()
            self.slash = self.slash or slash
        return is_link

    def _enter_path(self, path: str) -> None:
        if path.startswith("/"):
            self._to_root()
        self._todo = path.split("/")
        self._todo.reverse()
        self.slash = path.endswith("/")

    def _enter_link(self, target: str, rest: list[str]) -> None:
        self._links += 1
        if self._links > _MOST_LINKS:
            raise WasiError(Errno.LOOP)
        if target.startswith("/"):
            self._to_root()
        todo = target.split("/")
        todo.reverse()
        self._todo = [*rest, *todo]
        if not rest:
            self.slash = target.endswith("/")

    def _to_root(self) -> None:
        if self._tree is None:
            raise WasiError(Errno.PERM)
        self._go(Spot("/", -1, self._tree.root))

    def _go(self, spot: Spot) -> None:
        self.spot.close()
        self.spot = spot
        self._is_searchable = False

    def _walk(self) -> None:
        """Take all components of `_todo` but the last, which becomes `name`."""
        self.name = self.dots = ""
        self._status = "unknown"
        while self._todo:
            part = self._todo.pop()
            if part in ("", "."):
                if part:
                    self.dots = part
                continue
            if len(part) > 63 and len(os.fsencode(part)) > NAME_BYTES:
                raise WasiError(Errno.NAMETOOLONG)
            if part == "..":
                self.dots = part
                self._ascend()
            elif self._is_last():
                self._take_last(part)
                return
            else:
                self._descend(part)
        self._require_search()

    def _is_last(self) -> bool:
        return not self._todo or not any(self._todo)

    def _take_last(self, name: str) -> None:
        self._todo = []
        self._require_search()
        node = self._child(self.spot.node, name) if self.spot.node is not None else None
        if isinstance(node, MountNode):
            self._enter_mount(name, node)
        else:
            self.name = name

    def _descend(self, name: str) -> None:
        self.dots = ""
        if self.spot.node is None:
            self._descend_on_disk(name)
            return
        node = self._child(self.spot.node, name)
        if isinstance(node, MountNode):
            self._enter_mount(name, node)
        elif isinstance(node, DirectoryNode):
            self._go(Spot(joined(self.spot.path, name), -1, node))
        elif isinstance(node, LinkNode) and self._view is not None:
            self._enter_link(node.target(self._view), self._todo)
        else:
            raise WasiError(Errno.NOENT if node is None else Errno.NOTDIR)

    def _descend_on_disk(self, name: str) -> None:
        if CHECKS_MODES:
            self._require_search()
        elif self._jump(name):
            return
        try:
            fd = os.open(name, WALK_FLAGS, dir_fd=self.spot.fd)
        except OSError as error:
            if error.errno not in (errno.ENOTDIR, errno.ELOOP):
                raise
            target = self._link_target(name)
            if target is None:
                raise WasiError(Errno.NOTDIR) from None
            self._enter_link(target, self._todo)
            return
        self._enter(name, fd)

    def _enter(self, below: str, fd: int) -> None:
        path = joined(self.spot.path, below)
        here = self.spot
        self._go(Spot(path, fd, None, is_owned=True, is_writable=here.is_writable))

    def _jump(self, name: str) -> bool:
        """Take all plain components up to the last one in one step, if the system can."""
        count = len(self._todo)
        last = next((at for at, part in enumerate(self._todo) if part), count)
        between = self._todo[last + 1 :]
        if not between or any(part in ("", ".", "..") for part in between):
            return False
        below = "/".join((name, *reversed(between)))
        fd = open_beneath(self.spot.fd, below)
        if fd < 0:
            return False
        del self._todo[last + 1 :]
        self._enter(below, fd)
        return True

    def _enter_mount(self, name: str, node: MountNode) -> None:
        path = joined(self.spot.path, name)
        self._go(Spot(path, node.fd, None, is_writable=node.is_writable))

    def _child(self, node: DirectoryNode | None, name: str) -> Node | None:
        return None if node is None or self._view is None else node.child(name, self._view)

    def _last_link_target(self) -> str | None:
        """As `_link_target` for the last component, of which the status is mostly wanted anyway."""
        if self.spot.node is None:
            status = self.status()
            if status is None or not stat.S_ISLNK(status.st_mode):
                return None
        return self._link_target(self.name)

    def _link_target(self, name: str) -> str | None:
        """The target if the name is a symbolic link. One that is not UTF-8 leads nowhere."""
        if self.spot.node is not None:
            node = self._child(self.spot.node, name)
            return node.target(self._view) if isinstance(node, LinkNode) and self._view is not None else None
        try:
            return os.readlink(name, dir_fd=self.spot.fd)
        except OSError as error:
            if error.errno in (errno.EINVAL, errno.ENOENT):
                return None
            raise

    def _require_search(self) -> None:
        if CHECKS_MODES and not self._is_searchable and self.spot.node is None:
            if not os.stat(self.spot.fd).st_mode & _MAY_SEARCH:
                raise WasiError(Errno.ACCES)
            self._is_searchable = True

    def _ascend(self) -> None:
        self._require_search()
        if self._tree is None:
            self._ascend_confined()
        elif self.spot.node is not None:
            node, path = self._tree.parent_of(self.spot.path)
            self._go(Spot(path, -1, node))
        else:
            self._ascend_on_disk(self._tree)

    def _ascend_confined(self) -> None:
        """The way to the parent is walked anew from the start: nothing that is moved meanwhile can lead out."""
        if self.spot is self._start:
            raise WasiError(Errno.PERM)
        below = self.spot.path[len(self._start.path) :].strip("/").split("/")
        self._go(self._start)
        for name in below[:-1]:
            self._enter(name, os.open(name, WALK_FLAGS, dir_fd=self.spot.fd))

    def _ascend_on_disk(self, tree: GuestTree) -> None:
        """The kernel's `..` of a real directory, as long as that lies below a mount: a directory that somebody
        moved out of the project meanwhile has no parent here."""
        here = os.stat(self.spot.fd)
        if (here.st_dev, here.st_ino) in tree.mounts:
            node, path = tree.parent_of(tree.mounts[here.st_dev, here.st_ino])
            self._go(Spot(path, -1, node))
            return
        fd = os.open("..", WALK_FLAGS, dir_fd=self.spot.fd)
        try:
            mount = _mount_above(tree, fd)
        except BaseException:
            os.close(fd)
            raise
        above = os.stat(fd)
        path = mount if (above.st_dev, above.st_ino) in tree.mounts else self.spot.path.rpartition("/")[0]
        self._go(Spot(path, fd, None, is_owned=True, is_writable=True))


def _mount_above(tree: GuestTree, directory: int) -> str:
    """The guest path of the mount that a directory of the host lies in. NOENT when it lies in none."""
    fd = os.dup(directory)
    try:
        previous = (-1, -1)
        while True:
            status = os.stat(fd)
            key = (status.st_dev, status.st_ino)
            if key in tree.mounts:
                return tree.mounts[key]
            if key == previous or not stat.S_ISDIR(status.st_mode):
                raise WasiError(Errno.NOENT)
            previous = key
            above = os.open("..", WALK_FLAGS, dir_fd=fd)
            os.close(fd)
            fd = above
    finally:
        os.close(fd)
