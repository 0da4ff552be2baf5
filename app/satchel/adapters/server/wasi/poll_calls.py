"""`poll_oneoff`: waiting for clocks and descriptors at once."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass, field
from typing import Final

from satchel.adapters.server.wasi.engine import HostCall
from satchel.adapters.server.wasi.guest_process import GuestProcess
from satchel.wasi.abi import Clockid, Errno, Eventrwflags, Eventtype, Rights, Subclockflags
from satchel.wasi.errors import WasiError
from satchel.wasi.layout import EVENT_BYTES, SUBSCRIPTION_BYTES, pack_event, unpack_subscription

_CLOCK: Final = int(Eventtype.CLOCK)
_FD_READ: Final = int(Eventtype.FD_READ)
_FD_WRITE: Final = int(Eventtype.FD_WRITE)
_RIGHT_TO_POLL: Final = int(Rights.POLL_FD_READWRITE)
_RIGHT_TO_READ: Final = int(Rights.FD_READ)
_RIGHT_TO_WRITE: Final = int(Rights.FD_WRITE)
_ENDED: Final = select.POLLHUP | select.POLLERR | select.POLLNVAL
_MOST: Final = 1365  # as many as the other host takes
_ABSOLUTE: Final = int(Subclockflags.SUBSCRIPTION_CLOCK_ABSTIME)
_ROOM: Final = 1 << 16


@dataclass(slots=True)
class _Poll:
    """Subscriptions sorted by what they wait for, and the events that are due."""

    events: list[bytes] = field(default_factory=list)
    clocks: list[tuple[float, int]] = field(default_factory=list)  # monotonic seconds, userdata
    watched: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)  # userdata, type, guest's fd

    def add_clock(self, userdata: int, clock: int, timeout: int, flags: int) -> None:
        if clock not in (Clockid.REALTIME, Clockid.MONOTONIC) or flags & ~_ABSOLUTE:
            self.events.append(pack_event(userdata, Errno.INVAL, _CLOCK))
            return
        now = time.time_ns() if clock == Clockid.REALTIME else time.monotonic_ns()
        left = timeout - now if flags else timeout
        self.clocks.append((time.monotonic() + max(0, left) / 1e9, userdata))

    def add_descriptor(self, process: GuestProcess, userdata: int, kind: int, fd: int) -> None:
        descriptor = process.fds.find(fd)
        if descriptor is None:
            self.events.append(pack_event(userdata, Errno.BADF, kind))
            return
        file = descriptor.file
        needed = _RIGHT_TO_POLL | (_RIGHT_TO_READ if kind == _FD_READ else _RIGHT_TO_WRITE)
        if descriptor.base & needed != needed:
            can = file.rights & needed == needed
            self.events.append(pack_event(userdata, Errno.NOTCAPABLE if can else Errno.BADF, kind))
        elif (host := file.poll_descriptor(to_write=kind == _FD_WRITE)) < 0:
            nbytes = file.available() if kind == _FD_READ else _ROOM
            self.events.append(pack_event(userdata, 0, kind, nbytes))
        else:
            self.watched.setdefault(host, []).append((userdata, kind, fd))

    def wait(self, process: GuestProcess) -> None:
        """Until there is at least one event."""
        wanted = [(host, _poll_events(asked)) for host, asked in self.watched.items()]
        while True:
            timeout = 0.0 if self.events else None
            if timeout is None and self.clocks:
                timeout = max(0.0, min(self.clocks)[0] - time.monotonic())
            for host, found in process.block(wanted, timeout):
                self._report(process, host, found)
            now = time.monotonic()
            self.events += [pack_event(who, 0, _CLOCK) for at, who in self.clocks if at <= now]
            if self.events:
                return

    def _report(self, process: GuestProcess, host: int, found: int) -> None:
        flags = Eventrwflags.FD_READWRITE_HANGUP if found & _ENDED else 0
        for userdata, kind, fd in self.watched[host]:
            wanted = select.POLLIN if kind == _FD_READ else select.POLLOUT
            if found & (wanted | _ENDED):
                nbytes = process.fds[fd].file.available() if kind == _FD_READ else _ROOM
                self.events.append(pack_event(userdata, 0, kind, nbytes, flags))


def _poll_events(asked: list[tuple[int, int, int]]) -> int:
    events = 0
    for _, kind, _ in asked:
        events |= select.POLLIN if kind == _FD_READ else select.POLLOUT
    return events


def poll_oneoff(process: GuestProcess, subscriptions: int, events: int, count: int, nevents: int) -> None:
    """See the module. INVAL for no subscriptions."""
    if not 0 < count <= _MOST:
        raise WasiError(Errno.INVAL)
    memory = process.memory
    data = memory.read(subscriptions, count * SUBSCRIPTION_BYTES)
    memory.view(events, count * EVENT_BYTES)
    poll = _Poll()
    for start in range(0, len(data), SUBSCRIPTION_BYTES):
        userdata, kind, subject, timeout, flags = unpack_subscription(
            data[start : start + SUBSCRIPTION_BYTES]
        )
        if kind == _CLOCK:
            poll.add_clock(userdata, subject, timeout, flags)
        elif kind in (_FD_READ, _FD_WRITE):
            poll.add_descriptor(process, userdata, kind, subject)
        else:
            poll.events.append(pack_event(userdata, Errno.INVAL, kind))
    poll.wait(process)
    memory.write(events, b"".join(poll.events))
    memory.write_u32(nevents, len(poll.events))


POLL_CALLS: Final[dict[str, HostCall]] = {"poll_oneoff": poll_oneoff}
