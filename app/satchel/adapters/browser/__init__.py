"""The ports' implementations in a browser tab: Python in Pyodide, storage in OPFS, folders by File System Access."""
