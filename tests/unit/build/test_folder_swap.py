"""Swapping a finished folder in."""

import threading
from pathlib import Path

import pytest

from satchel_build import folder_swap
from satchel_build.folder_swap import swap_in


def make_folder(path: Path, text: str) -> Path:
    path.mkdir()
    for name in ("one", "two"):
        (path / name).write_text(text)
    return path


@pytest.mark.parametrize("atomic", [True, False], ids=["exchange", "two renames"])
def test_the_new_folder_takes_the_place_and_the_old_one_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, atomic: bool
) -> None:
    if not atomic:
        monkeypatch.setattr(folder_swap, "_exchange", lambda first, second: False)
    place = tmp_path / "dist"
    swap_in(make_folder(tmp_path / "first", "1"), place)
    swap_in(make_folder(tmp_path / "second", "2"), place)
    assert (place / "one").read_text() == "2"
    assert [path.name for path in tmp_path.iterdir()] == ["dist"]


@pytest.mark.skipif(folder_swap.sys.platform != "linux", reason="only Linux exchanges folders atomically")
def test_a_reader_never_misses_the_folder(tmp_path: Path) -> None:
    place = make_folder(tmp_path / "dist", "0")
    stop = threading.Event()
    missed: list[OSError] = []

    def read() -> None:
        while not stop.is_set():
            try:
                place.stat()
            except OSError as error:
                missed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for turn in range(100):
        swap_in(make_folder(tmp_path / "next", str(turn)), place)
    stop.set()
    reader.join()
    assert missed == []
    assert (place / "two").read_text() == "99"
