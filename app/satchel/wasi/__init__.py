"""WASI: the binary interface of guest programs, as data and pure rules. Hosts implement it; nothing here does I/O."""
