"""The ports on a server or a developer's machine: CPython over `os`, real directories, real Chromium."""
