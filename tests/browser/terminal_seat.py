"""A person at the terminal of the page."""

from __future__ import annotations

from pathlib import Path

from tests.browser.person import Person
from tests.browser.tab import Tab
from tests.support.real_folder import drop_on_page


class Seat:
    """A person at the terminal."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        self.page = tab.page
        self.person = Person(tab)

    def open(self, archive: Path, files: int = 3) -> None:
        """Bring the project, and open the terminal by its key."""
        self.tab.open().ready()
        drop_on_page(self.page, archive)
        self.person.button(f"Import {files} files").click()
        self.tab.until(lambda: not self.page.get_by_role("dialog").is_visible(), "the import ends")
        self.page.keyboard.press("Control+`")
        self.sees("$")

    def again(self) -> None:
        """Load the page anew, and open the terminal."""
        self.tab.open().ready()
        self.page.keyboard.press("Control+`")
        self.sees("$")

    def screen(self) -> str:
        """What is to be seen, without the blanks at the ends of its rows."""
        rows = self.page.locator(".xterm-rows > div").all_inner_texts()
        return "\n".join(row.replace("\xa0", " ").rstrip() for row in rows).strip()

    def sees(self, text: str, seconds: float = 30) -> None:
        """Wait until it is to be seen."""
        self.tab.until(lambda: text in self.screen(), f"{text!r} is seen", seconds)

    def type(self, text: str) -> None:
        """Type, and press Enter."""
        self.page.keyboard.insert_text(text)
        self.page.keyboard.press("Enter")

    def prompts(self) -> None:
        """Wait until a line can be typed."""
        self.tab.until(lambda: self.screen().endswith("$"), "the prompt comes")

    def clear(self) -> None:
        """Clear the screen, but for the prompt."""
        self.page.keyboard.press("Control+l")
        self.tab.until(lambda: self.screen().count("\n") == 0, "the screen is cleared")

    def run(self, line: str) -> str:
        """Run a line on a cleared screen to its end; what is seen of it."""
        self.clear()
        self.type(line)

        def has_ended() -> bool:
            first, *others = self.screen().split("\n")
            return line[:40] in first and others != [] and others[-1].endswith("$")

        self.tab.until(has_ended, f"{line} ends")
        return "\n".join(self.screen().split("\n")[1:-1])

    def events(self) -> int:
        """How many events the status line counts."""
        return int(self.page.locator(".status-log").inner_text().split(" ")[0])
