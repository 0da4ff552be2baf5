"""The demo model: scripted, needs no key, and does real work with the real tools on any project."""

from satchel.llm.demo.model import DemoModel

__all__ = ["DemoModel"]
