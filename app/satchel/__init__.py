"""Satchel: a coding agent that lives in a browser tab.

One package for two hosts: inside Pyodide in a Web Worker, and under CPython on a server. Which packages may know which
others is the layer contract in `pyproject.toml`; how the parts work together is in `docs/architecture.md`.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
