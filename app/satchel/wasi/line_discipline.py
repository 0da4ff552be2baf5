"""What a terminal does between a person's keys and the programs that read them (XBD 11, as far as it matters here).

In canonical mode input is edited a line at a time (erase, word erase, kill, end of file); without, every byte
is there at once. There are no background processes, so a signal goes to all processes of the terminal. The
same rules as `worker/process/terminal.js`. No locks and no waiting: the host has these.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from satchel.wasi.abi import Signal, TerminalMode

ALL_MODES: Final = int(
    TerminalMode.ICANON | TerminalMode.ECHO | TerminalMode.ISIG | TerminalMode.ICRNL | TerminalMode.OPOST
)
_CTRL_C, _CTRL_D, _BACKSPACE, _TAB, _NEWLINE, _RETURN = 0x03, 0x04, 0x08, 0x09, 0x0A, 0x0D
_CTRL_U, _CTRL_W, _CTRL_Z, _QUIT, _SPACE, _DELETE = 0x15, 0x17, 0x1A, 0x1C, 0x20, 0x7F
# Without job control a suspend key stops nothing, as in an orphaned process group: who would make it go on?
_SIGNALS: Final = {_CTRL_C: Signal.INT, _CTRL_Z: Signal.NONE, _QUIT: Signal.QUIT}
_ERASE_ONE: Final = b"\b \b"
# Bytes a line may have before its newline; what is typed beyond is lost (MAX_CANON).
_MOST_IN_LINE: Final = 4095


class LineDiscipline:
    """`show` gets what appears on the screen, `signal` the signals that keys send."""

    def __init__(self, show: Callable[[bytes], None], signal: Callable[[Signal], None]) -> None:
        self.mode = ALL_MODES
        self._show = show
        self._signal = signal
        self._line = bytearray()
        # What can be read: lines in canonical mode, an empty one being the end of file.
        self._ready: deque[bytes] = deque()
        self.is_hung_up = False

    @property
    def can_read(self) -> bool:
        """Whether a read would not have to wait."""
        return bool(self._ready) or self.is_hung_up

    @property
    def unread(self) -> bytes:
        """What was typed and not read."""
        return b"".join(self._ready) + self._line

    def type(self, keys: bytes) -> None:
        """Keys were pressed."""
        for byte in keys:
            self._key(_NEWLINE if byte == _RETURN and self._has(TerminalMode.ICRNL) else byte)

    def read(self, most: int) -> bytes:
        """Up to `most` bytes of what can be read; b"" is the end of file."""
        if not self._ready:
            return b""
        first = self._ready.popleft()
        if len(first) > most:
            self._ready.appendleft(first[most:])
        return first[:most]

    def write(self, data: bytes) -> None:
        """A program writes to the screen."""
        self._show(data.replace(b"\n", b"\r\n") if self._has(TerminalMode.OPOST) else data)

    def set_mode(self, mode: int) -> None:
        """Change the `TerminalMode`; a line begun can be read when canonical mode ends."""
        self.mode = mode & ALL_MODES
        if self._line and not self._has(TerminalMode.ICANON):
            self._end_line()

    def _has(self, mode: TerminalMode) -> bool:
        return bool(self.mode & mode)

    def _key(self, byte: int) -> None:
        if self._has(TerminalMode.ISIG) and byte in _SIGNALS:
            self._line.clear()
            self._ready.clear()
            self._echo(bytes((byte, _NEWLINE)))
            if signal := _SIGNALS[byte]:
                self._signal(signal)
        elif not self._has(TerminalMode.ICANON):
            self._line.append(byte)
            self._echo(bytes((byte,)))
            self._end_line()
        elif byte in (_DELETE, _BACKSPACE):
            self._erase(1)
        elif byte == _CTRL_U:
            self._erase(len(self._line))
        elif byte == _CTRL_W:
            self._erase_word()
        elif byte == _CTRL_D:
            self._end_line()
        elif byte == _NEWLINE or len(self._line) < _MOST_IN_LINE:
            self._line.append(byte)
            self._echo(bytes((byte,)))
            if byte == _NEWLINE:
                self._end_line()

    def _end_line(self) -> None:
        line = bytes(self._line)
        self._line.clear()
        if self._ready and not self._has(TerminalMode.ICANON):
            line = self._ready.pop() + line
        self._ready.append(line)

    def _erase(self, count: int) -> None:
        """Take back characters, of whatever number of bytes and columns."""
        while count > 0 and self._line:
            byte = self._line.pop()
            columns = 2 if byte < _SPACE else 1
            while byte & 0xC0 == 0x80 and self._line:
                byte = self._line.pop()
            if self._has(TerminalMode.ECHO):
                self.write(_ERASE_ONE * columns)
            count -= 1

    def _erase_word(self) -> None:
        while self._line and self._line[-1] == _SPACE:
            self._erase(1)
        while self._line and self._line[-1] != _SPACE:
            self._erase(1)

    def _echo(self, keys: bytes) -> None:
        if self._has(TerminalMode.ECHO):
            self.write(b"".join(_visible(byte) for byte in keys))


def _visible(byte: int) -> bytes:
    if byte >= _SPACE or byte in (_NEWLINE, _TAB):
        return bytes((byte,))
    return bytes((0x5E, byte + 0x40))
