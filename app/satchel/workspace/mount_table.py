r"""The guest's resolver: from a path as the guest writes it to a host path that has no symbolic link left
in it.

The walk goes component by component from the *guest's* root through the mount table. A symbolic link is
read and its target is walked in guest terms again: an absolute one starts at the guest's root, `..` stops
there. The host's own resolution never gets to see a link, so a link such as `/workspace/x ->
/lib/python3.14` names a guest place that does not exist, whatever the host keeps under that path.

Known limit: between the walk and the use of its result another process on the host could swap a *directory*
for a link. The last component is guarded by O_NOFOLLOW where a file is opened; in the tab this thread is
the only writer.
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass

from satchel.base.limits import WorkspaceLimits
from satchel.workspace.errors import (
    DirectoryExpectedError,
    PathEscapeError,
    SymlinkLoopError,
    from_os_error,
)
from satchel.workspace.guest_path import WORKSPACE, check_name, check_path, shown


@dataclass(frozen=True, slots=True)
class Location:
    """Where a guest path leads.

    `host` is None for the synthetic directories above the mounts (`/`, `/home`); `status` is the result of
    `lstat`, None where nothing exists (or the directory is synthetic).
    """

    guest: str
    host: str | None
    status: os.stat_result | None
    is_mount_point: bool
    wants_directory: bool

    @property
    def exists(self) -> bool:
        """Whether there is something at this place."""
        return self.host is None or self.status is not None

    @property
    def is_directory(self) -> bool:
        """Whether a directory is at this place."""
        return self.host is None or (self.status is not None and stat.S_ISDIR(self.status.st_mode))


class MountTable:
    """Guest directories and the host directories that hold them. Mounts do not nest."""

    def __init__(self, mounts: Mapping[str, str], limits: WorkspaceLimits) -> None:
        self._limits = limits
        self._mounts = {tuple(guest.strip("/").split("/")): host for guest, host in mounts.items()}
        self._above = {point[:depth] for point in self._mounts for depth in range(len(point))}
        self._deepest = max((len(point) for point in self._mounts), default=0)
        if self._above & set(self._mounts):
            raise AssertionError("mounts must not nest")

    def synthetic_children(self, guest: str) -> list[str]:
        """Names of the entries of a synthetic directory, sorted."""
        place = tuple(part for part in guest.split("/") if part)
        return sorted({point[len(place)] for point in self._mounts if point[: len(place)] == place})

    def resolve(self, path: str, *, follow: bool = True) -> Location:
        """Where `path` leads (relative paths start at /workspace).

        Missing components at the end are allowed.

        `follow=False` leaves a symbolic link in the last place alone, unless a slash follows it. Raises
        PathEscapeError, NameInvalidError, SymlinkLoopError, DirectoryExpectedError (a file in the middle).
        """
        check_path(path, self._limits)
        return _Walk(self, path, follow=follow).run()

    def host_of(self, place: tuple[str, ...], asked: str) -> str | None:
        """Host path of a resolved guest place, None for a synthetic directory."""
        for depth in range(min(len(place), self._deepest), 0, -1):
            host = self._mounts.get(place[:depth])
            if host is not None:
                return "/".join((host, *place[depth:]))
        if place in self._above:
            return None
        mounts = ", ".join(sorted("/" + "/".join(point) for point in self._mounts))
        reached = "/" + "/".join(place)
        detail = "" if reached == asked else f" (it leads to {shown(reached)})"
        raise PathEscapeError(
            f"{shown(asked)} is outside of what can be reached{detail}.", f"Use a path below {mounts}."
        )

    def is_mount_point(self, place: tuple[str, ...]) -> bool:
        """Whether a mount begins exactly here."""
        return place in self._mounts

    @property
    def limits(self) -> WorkspaceLimits:
        """The limits names and links are held to."""
        return self._limits


class _Walk:
    """The state of one resolution: components done, components to do, links met."""

    def __init__(self, table: MountTable, path: str, *, follow: bool) -> None:
        self._table = table
        self._asked = path
        self._follow = follow
        absolute = path if path.startswith("/") else f"{WORKSPACE}/{path}"
        self._todo: deque[str] = deque(absolute.split("/")[1:])
        self._done: list[str] = []
        self._host: str | None = None
        self._status: os.stat_result | None = None
        self._missing_from: int | None = None
        self._links = 0

    def run(self) -> Location:
        while self._todo:
            name = self._todo.popleft()
            self._require_directory()
            if name in ("", "."):
                continue
            if name == "..":
                self._ascend()
            else:
                check_name(name, self._table.limits)
                self._descend(name)
        place = tuple(self._done)
        if self._host is None:
            self._host = self._table.host_of(place, self._asked)
        wants_directory = self._asked.endswith(("/", "/.", "/.."))
        guest = "/" + "/".join(self._done)
        return Location(guest, self._host, self._status, self._table.is_mount_point(place), wants_directory)

    def _require_directory(self) -> None:
        if self._status is not None and not stat.S_ISDIR(self._status.st_mode):
            raise DirectoryExpectedError(f"{shown('/' + '/'.join(self._done))} is not a directory.")

    def _ascend(self) -> None:
        if self._done:
            self._done.pop()
        self._look()

    def _descend(self, name: str) -> None:
        self._done.append(name)
        if self._missing_from is not None:
            self._host = self._table.host_of(tuple(self._done), self._asked)
            return
        self._look()
        if self._status is not None and stat.S_ISLNK(self._status.st_mode) and (self._todo or self._follow):
            self._enter_link()

    def _look(self) -> None:
        """Take the status of the place reached. A mount point is never itself read as a link."""
        place = tuple(self._done)
        self._host = self._table.host_of(place, self._asked)
        if self._missing_from is not None and len(place) >= self._missing_from:
            return
        self._missing_from = None
        self._status = None
        if self._host is None:
            return
        try:
            self._status = os.stat(self._host) if self._table.is_mount_point(place) else os.lstat(self._host)
        except FileNotFoundError:
            self._missing_from = len(place)
        except OSError as error:
            raise from_os_error(error, shown("/" + "/".join(place))) from error

    def _enter_link(self) -> None:
        self._links += 1
        here = shown("/" + "/".join(self._done))
        if self._links > self._table.limits.symlink_depth:
            raise SymlinkLoopError(f"{shown(self._asked)} goes through too many symbolic links.")
        try:
            target = os.readlink(self._host or "")
        except OSError as error:
            raise from_os_error(error, here) from error
        self._done = [] if target.startswith("/") else self._done[:-1]
        self._todo.extendleft(reversed(target.split("/")))
        self._look()
