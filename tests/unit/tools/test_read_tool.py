"""Read: text, numbered windows, images, and what does not fit."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.samples import examples
from tests.unit.tools.conftest import Bench, run_at_once

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


async def test_whole_text_comes_as_it_is(bench: Bench) -> None:
    bench.write("src/a.py", "x = 1\r\ny = 'é'\n")
    assert await bench.run("Read", file_path="src/a.py") == {
        "file_path": "/workspace/src/a.py",
        "content": "x = 1\r\ny = 'é'\n",
    }


@pytest.mark.parametrize(
    "path", ["/workspace/src/a.py", "src/./a.py", "src/../src/a.py", "/tmp/../workspace/src/a.py"]
)
async def test_paths_are_guest_paths(bench: Bench, path: str) -> None:
    bench.write("src/a.py", "1")
    assert (await bench.run("Read", filePath=path))["file_path"] == "/workspace/src/a.py"


@pytest.mark.parametrize(
    ("offset", "limit", "content", "returned", "next_offset"),
    [
        (None, 2, "1: a\n2: b", 2, 3),
        (0, 1, "1: a", 1, 2),
        (1, None, "1: a\n2: b\n3: \n4: d", 4, None),
        (3, None, "3: \n4: d", 2, None),
        ("3", "1", "3: ", 1, 4),
        (4, 100, "4: d", 1, None),
        (2.0, 2, "2: b\n3: ", 2, 4),
        (2, 0, "", 0, None),
    ],
)
@pytest.mark.parametrize("final", ["", "\n", "\r\n"])
async def test_windows_of_numbered_lines(
    bench: Bench,
    offset: object,
    limit: object,
    content: str,
    returned: int,
    next_offset: int | None,
    final: str,
) -> None:
    bench.write("f", "a\nb\r\n\nd" + final)
    result = await bench.run("Read", file_path="f", offset=offset, limit=limit)
    assert result["content"] == content
    assert (result["total_lines"], result["lines_returned"]) == (4, returned)
    assert result.get("next_offset") == next_offset
    assert result.get("truncated", False) is (next_offset is not None)


async def test_an_offset_past_the_end_says_so(bench: Bench) -> None:
    bench.write("f", "a\nb\n")
    result = await bench.run("Read", file_path="f", offset=3)
    assert (result["content"], result["total_lines"], result["lines_returned"]) == ("", 2, 0)
    assert result["note"] == "/workspace/f has 2 lines; offset 3 is past its end."


async def test_an_empty_file(bench: Bench) -> None:
    bench.write("f")
    result = await bench.run("Read", file_path="f")
    assert (result["content"], result["note"]) == ("", "/workspace/f is empty.")
    assert (await bench.run("Read", file_path="f", limit=5))["total_lines"] == 0


async def test_a_long_file_is_cut_at_a_line_and_says_how_to_go_on(bench: Bench) -> None:
    lines = [f"line {number} äöü" for number in range(1, 1001)]
    bench.write("f", "\n".join(lines))
    bench.limit(read_bytes=3_000)
    collected: list[str] = []
    offset: int | None = 1
    calls = 0
    while offset is not None:
        result = await bench.run("Read", file_path="f", offset=offset)
        assert len(result["content"].encode()) < 4_500
        collected += [line.split(": ", 1)[1] for line in result["content"].split("\n")]
        offset = result.get("next_offset")
        assert (offset is not None) == result.get("truncated", False)
        calls += 1
    assert collected == lines
    assert calls > 5
    plain = await bench.run("Read", file_path="f")
    assert plain["content"].endswith("\n")
    assert plain["total_lines"] == 1000
    assert plain["note"].endswith(f"Continue with offset {plain['next_offset']}.")
    assert plain["content"].count("\n") == plain["next_offset"] - 1


@pytest.mark.parametrize("size", [99, 100, 101, 102, 103])
async def test_one_long_line_is_cut_between_characters(bench: Bench, size: int) -> None:
    bench.write("f", "x" + "€😀" * 100 + "\nnext\n")
    bench.limit(read_bytes=size)
    result = await bench.run("Read", file_path="f")
    assert "\ufffd" not in result["content"]
    assert "encoding" not in result
    assert size - 4 < len(result["content"].encode()) <= size
    assert result["truncated"] is True
    assert result["next_offset"] == 2
    assert "is cut" in result["note"]
    assert (await bench.run("Read", file_path="f", offset=2))["content"] == "2: next"


async def test_a_file_of_exactly_the_limit_is_whole(bench: Bench) -> None:
    bench.write("f", "ab\n" * 10)
    bench.limit(read_bytes=30)
    assert "truncated" not in await bench.run("Read", file_path="f")
    bench.limit(read_bytes=29)
    assert (await bench.run("Read", file_path="f"))["next_offset"] == 10


@settings(
    max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    data=st.text(st.sampled_from([*"ab\n\n€"]), max_size=40).map(str.encode),
    first=st.integers(1, 8),
    limit=st.none() | st.integers(0, 8),
)
def test_windows_against_plain_splitting(bench: Bench, data: bytes, first: int, limit: int | None) -> None:
    bench.write("f", data)
    lines = data.decode().split("\n")
    if lines[-1] == "":
        lines.pop()
    end = None if limit is None else first - 1 + limit
    expected = [f"{number}: {line}" for number, line in enumerate(lines, 1)][first - 1 : end]
    result = run_at_once(bench.run("Read", file_path="f", offset=first, limit=limit))
    assert result["content"] == "\n".join(expected)
    assert result["total_lines"] == len(lines)
    assert result["lines_returned"] == len(expected)


async def test_lines_are_counted_across_chunks(bench: Bench) -> None:
    bench.write("f", b"x" * 1_048_575 + b"\n" + b"b\n" * 600_000 + b"last")
    result = await bench.run("Read", file_path="f", offset=600_001, limit=5)
    assert result["content"] == "600001: b\n600002: last"
    assert result["total_lines"] == 600_002
    assert bench.checkpoint.breaths >= 2


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("a.png", PNG, "image/png"),
        ("a.JPG", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("a.jpeg", b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        ("a.gif", b"GIF89arest", "image/gif"),
        ("a.webp", b"RIFF\0\0\0\0WEBPrest", "image/webp"),
    ],
)
async def test_images(bench: Bench, name: str, data: bytes, mime: str) -> None:
    bench.write(name, data)
    result = await bench.run("Read", file_path=name)
    assert base64.b64decode(result["image"]) == data
    assert (result["mime_type"], result["file_size"]) == (mime, len(data))


async def test_an_image_over_the_limit_is_an_error_and_never_a_broken_image(bench: Bench) -> None:
    bench.write("a.png", PNG)
    bench.limit(read_bytes=len(PNG) - 1)
    error = await bench.fails("Read", file_path="a.png")
    assert "264 bytes and the limit is 263" in str(error)
    assert error.code == "limit.read_bytes"


async def test_text_with_the_name_of_an_image_is_text(bench: Bench) -> None:
    bench.write("a.png", "not an image")
    assert (await bench.run("Read", file_path="a.png"))["content"] == "not an image"


@pytest.mark.parametrize(
    ("data", "kind"),
    [(b"\x7fELF\0\0", "a binary file"), ("héllo".encode("utf-16"), "UTF-16 text")],
)
async def test_binary_files_are_refused_by_kind(bench: Bench, data: bytes, kind: str) -> None:
    bench.write("f.bin", data)
    error = await bench.fails("Read", file_path="f.bin")
    assert f"/workspace/f.bin is {kind} ({len(data)} bytes)" in str(error)


async def test_text_in_another_encoding_is_shown_and_labelled(bench: Bench) -> None:
    bench.write("f", "caf\xe9\n".encode("latin-1"))
    result = await bench.run("Read", file_path="f")
    assert result["content"] == "caf\ufffd\n"
    assert result["encoding"].startswith("not UTF-8")


async def test_a_byte_order_mark_is_no_text(bench: Bench) -> None:
    bench.write("f", b"\xef\xbb\xbfa\nb\n")
    assert (await bench.run("Read", file_path="f"))["content"] == "a\nb\n"
    assert (await bench.run("Read", file_path="f", limit=1))["content"] == "1: a"


async def test_a_directory_names_the_right_tools(bench: Bench) -> None:
    bench.write("src/a.py")
    error = await bench.fails("Read", file_path="src")
    assert "/workspace/src is a directory." in str(error)
    assert "ListDir" in error.remedy
    assert "/workspace/src/**/*" in error.remedy


async def test_a_missing_file(bench: Bench) -> None:
    error = await bench.fails("Read", file_path="nope.py")
    assert "/workspace/nope.py does not exist" in str(error)
    assert error.code == "workspace.not_found"


@pytest.mark.parametrize(
    ("field", "value"), [("offset", -1), ("limit", "-5"), ("limit", "x"), ("offset", True)]
)
async def test_unusable_numbers_name_the_field(bench: Bench, field: str, value: object) -> None:
    bench.write("f", "a")
    assert repr(field) in str(await bench.fails("Read", file_path="f", **{field: value}))
