"""The Markdown subset: what it reads, what it refuses, and that no input makes it slow."""

from __future__ import annotations

import gc
import time

import pytest

from satchel.ui.markdown import render_markdown
from satchel.ui.tree import h
from tests.unit.ui.stand_in import elements, find, text_of


def read(text: str) -> object:
    return h("div", {}, render_markdown(text))


def tags(text: str) -> list[str]:
    return [tag for tag, _, _ in elements(read(text))][1:]


def test_paragraphs_keep_their_text() -> None:
    assert render_markdown("one\ntwo\n\nthree") == (h("p", {}, "one\ntwo"), h("p", {}, "three"))


def test_headings_stay_below_those_of_the_page() -> None:
    assert tags("# Title\n\n## Part\n\n###### Deep") == ["h5", "h6", "h6"]


def test_code_fences_keep_every_character() -> None:
    code = "a = '<b>' & `x`\n\n    # **not bold**"
    tree = read(f"```python\n{code}\n```")
    assert find(tree, "pre")[0][2] == (h("code", {}, code),)
    assert text_of(find(tree, "figcaption")[0]).startswith("python")
    assert find(tree, "button", aria_label="Copy code")[0][1]["on"] == {
        "click": ("local.copy", {"text": code}, {})
    }


def test_a_fence_that_is_still_streaming_is_code_already() -> None:
    assert "pre" in tags("Look:\n```js\nlet a = 1;\n")


def test_an_inner_fence_of_another_kind_does_not_close() -> None:
    tree = read("````\n```\ninner\n```\n````\nafter")
    assert text_of(find(tree, "pre")[0]) == "```\ninner\n```"
    assert text_of(find(tree, "p")[0]) == "after"


def test_lists_nest_and_keep_their_numbers() -> None:
    tree = read("3. first\n   - inner *it*\n   - two\n4. second")
    ordered = find(tree, "ol")[0]
    assert ordered[1] == {"start": 3}
    assert len(ordered[2]) == 2
    assert len(find(ordered, "ul")) == 1
    assert len(find(ordered, "em")) == 1


def test_items_with_blank_lines_between_are_one_list() -> None:
    assert tags("- a\n\n- b\n\n- c") == ["ul", "li", "li", "li"]


def test_tables() -> None:
    tree = read("| a | b |\n|---|:-:|\n| 1 | **2** |\n| 3 |\n\nend")
    assert [text_of(cell).strip() for cell in find(tree, "th")] == ["a", "b"]
    assert [text_of(cell).strip() for cell in find(tree, "td")] == ["1", "2", "3", ""]
    assert text_of(find(tree, "p")[0]) == "end"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("**b** and *i*", ["p", "strong", "em"]),
        ("***both***", ["p", "strong", "em"]),
        ("~~gone~~", ["p", "s"]),
        ("`code`", ["p", "code"]),
        ("snake_case_name and 2 * 3 * 4", ["p"]),
        ("an *open mark", ["p"]),
        ("``a ` b``", ["p", "code"]),
        ("\\*not bold\\*", ["p"]),
        ("> quoted\n> more", ["blockquote", "p"]),
        ("a\n\n---\n\nb", ["p", "hr", "p"]),
    ],
)
def test_inline_marks(text: str, expected: list[str]) -> None:
    assert tags(text) == expected


def test_unclosed_marks_lose_no_text() -> None:
    assert text_of(read("a **b *c `d [e](f")).replace(" ", "") == "a**b*c`d[e](f"


def test_a_link_shows_where_it_goes() -> None:
    tree = read("[the docs](https://evil.example/x?q=1)")
    assert find(tree, "a")[0][1]["href"] == "https://evil.example/x?q=1"
    assert "(evil.example)" in text_of(tree)


def test_a_bare_address_is_a_link_without_its_full_stop() -> None:
    link = find(read("See https://example.com/a."), "a")[0]
    assert link[1]["href"] == "https://example.com/a"
    assert text_of(link) == "https://example.com/a"


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "file:///etc",
        "blob:x",
        "https:",
        "http://[bad",
    ],
)
def test_other_addresses_stay_text(address: str) -> None:
    tree = read(f"[click]({address})")
    assert find(tree, "a") == []
    assert address in text_of(tree).replace("  ", "")


def test_images_are_never_fetched() -> None:
    tree = read("![pixel](https://evil.example/p.png?secret)")
    assert "img" not in [tag for tag, _, _ in elements(tree)]


def test_html_is_text() -> None:
    assert tags("<script>alert(1)</script> <img src=x onerror=y>") == ["p"]


def test_a_link_text_cannot_hide_direction_marks() -> None:
    assert "\\u202e" in text_of(read("[a\u202eb](https://example.com)"))


@pytest.mark.host_only("in a tab there is no clock of its own time")
@pytest.mark.parametrize(
    "unit",
    [
        "*",
        "_",
        "`",
        "``` ",
        "[",
        "[a](",
        "![",
        "> ",
        "- ",
        "  - ",
        "**a",
        "~~",
        "|",
        "|-",
        "1. ",
        "\\",
        "https://",
        "#",
        "a *",
        "-\t",
        "((",
        "*a_",
    ],
)
@pytest.mark.parametrize("glue", ["", "\n"])
def test_time_is_linear_in_hostile_text(unit: str, glue: str) -> None:
    def seconds(length: int) -> float:
        text = (unit + glue) * (length // len(unit + glue)) + "x"
        gc.disable()  # its pauses grow with everything that lives, which is not what is measured
        begin = time.process_time()
        render_markdown(text)
        passed = time.process_time() - begin
        gc.enable()
        return passed

    small = min(seconds(1_000) for _ in range(5))
    # Sixteen times the text: linear is 16, quadratic is 256.
    assert min(seconds(16_000) for _ in range(2)) < 64 * small + 0.05
