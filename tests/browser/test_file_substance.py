"""Files with substance, made by real programs in the terminal: what they are is what they are after a reload, to the
nanosecond and the byte.
"""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

import pytest

from tests.browser.tab import Tab
from tests.browser.terminal_seat import Seat
from tests.support.samples import sampler_from_environment

pytestmark = pytest.mark.browser

# 50 MB and 10,000 entries take long: a usual run makes a tenth of both.
FULL = sampler_from_environment().full
LINES, PARTS = 700_000, 11 if FULL else 1
MANY = 10_000 if FULL else 1_000
SPARSE = 40 * 1024 * 1024
MODES = ("600", "644", "755", "444", "4711", "0")
STAT = "stat -c '%n %F %a %h %s %b %u:%g %y %z %N'"
PLACES = (
    "plain exact-time early late old alias dangling sparse hole1 hole2 hole3 grown large empty "
    "moved moved/held moved/held/log"
)


@pytest.fixture
def seat(returning_tab: Tab, tmp_path: Path) -> Seat:
    """At the terminal of a small project, on a screen that shows long lines whole and many of them."""
    archive = tmp_path / "desk.zip"
    with zipfile.ZipFile(archive, "w") as out:
        for name in ("one", "two", "three"):
            file = zipfile.ZipInfo(name)
            file.external_attr = 0o100644 << 16
            out.writestr(file, f"{name}\n")
    returning_tab.page.set_viewport_size({"width": 2600, "height": 1800})
    seat = Seat(returning_tab)
    seat.open(archive, 3)
    return seat


def all_well(seat: Seat, *lines: str) -> None:
    """Run lines that say nothing."""
    for line in lines:
        assert seat.run(line) == "", line


def make(seat: Seat) -> None:
    """Every kind of substance that a file can have here."""
    all_well(
        seat,
        "cp one plain",
        "touch -d '2001-02-03 04:05:06.123456789' exact-time",
        "touch -d '1970-01-01 00:00:00.000000001' early",
        "touch -d '2200-01-01 00:00:00.999999999' late",
        "ln plain hard",
        "ln -s /workspace/plain alias",
        "ln -s nowhere dangling",
        "touch -h -d '2010-01-01 00:00:00.5' alias",
        "cp -p exact-time old",
        "truncate -s 40M sparse",
        "truncate -s 200M hole1 hole2 hole3",  # More than there is room for: holes take none.
        "dd if=one of=sparse bs=1 seek=30000000 conv=notrunc status=none",
        "cp two grown",
        "cp two gone",
        "dd if=three of=grown oflag=append conv=notrunc status=none",
        "mkdir -p modes many empty held other moved/held moved/other",
        "chmod 1777 empty",
        *(f"install -m {mode} one modes/{mode}" for mode in MODES),
    )
    all_well(
        seat,
        f"seq {LINES} | dd of=part bs=1M iflag=fullblock status=none",
        f"cat {' '.join(['part'] * PARTS)} | dd of=large bs=1M iflag=fullblock status=none",
        f"seq {MANY} | split -l 1 -a 3 - many/f",
    )


def use_what_is_open(seat: Seat) -> None:
    """Move a directory and take a name away while a program still writes there."""
    for line in ("tee -a held/log | mv -i held other moved", "tee -a gone | rm -i gone one"):
        seat.clear()
        seat.type(line)
        seat.sees("?")
        seat.type("y")
        seat.tab.until(lambda: seat.screen().count("?") == 2, "it is done, and asks about the next")
        seat.type("no")
        seat.page.keyboard.press("Control+d")
        seat.prompts()
    assert seat.run("cat moved/held/log") == "y\nno"
    assert "No such file" in seat.run("cat gone")
    assert "No such file" in seat.run("ls -d held")


def manifest(seat: Seat) -> dict[str, str]:
    """What programs see of it all."""
    lines = {
        "places": f"{STAT} {PLACES}",
        "modes": f"{STAT} {' '.join(f'modes/{mode}' for mode in MODES)}",
        "content": "sha256sum plain hard alias sparse hole1 grown large moved/held/log",
        "many": "ls -lnaU --full-time many | sort | sha256sum",
        "their content": "grep -r . many | sort | sha256sum",
        "tree": "du -a --apparent-size --exclude=many | sort | sha256sum",
        "same": "ls -i plain hard",
    }
    return {name: seat.run(line) for name, line in lines.items()}


def test_what_programs_made_is_the_same_after_a_reload(seat: Seat) -> None:
    make(seat)
    use_what_is_open(seat)
    before = manifest(seat)
    places = dict(line.split(" ", 1) for line in before["places"].split("\n"))
    assert "2001-02-03 04:05:06.123456789" in places["exact-time"]
    assert "2001-02-03 04:05:06.123456789" in places["old"]
    assert "1970-01-01 00:00:00.000000001" in places["early"]
    assert "2200-01-01 00:00:00.999999999" in places["late"]
    assert "2010-01-01 00:00:00.5" in places["alias"] and "-> '/workspace/plain'" in places["alias"]
    assert places["plain"].startswith("regular file 644 2 4 ")
    assert places["grown"].startswith("regular file 644 1 10 ")
    assert places["sparse"].startswith(f"regular file 644 1 {SPARSE} ")
    assert [line.split(" ")[3] for line in before["modes"].split("\n")] == list(MODES)
    text = b"".join(b"%d\n" % number for number in range(1, LINES + 1)) * PARTS
    assert hashlib.sha256(text).hexdigest() in before["content"]
    hole = bytearray(SPARSE)
    hole[30_000_000:30_000_004] = b"one\n"
    assert hashlib.sha256(hole).hexdigest() in before["content"]
    inodes = before["same"].split()
    assert inodes[0] == inodes[2]

    seat.tab.until(lambda: "Kept in this browser" in seat.tab.text(), "it is kept")
    seat.again()
    after = manifest(seat)
    del before["same"], after["same"]
    assert after == before
    assert seat.run("ls many | wc -l") == str(MANY)
    all_well(seat, "dd if=two of=hard oflag=append conv=notrunc status=none")
    assert seat.run("cat plain") == "one\ntwo"
