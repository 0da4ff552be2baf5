"""The server's process engine: WASI preview 1 and Satchel's own imports on wasmtime, over the host's files,
pipes and threads."""
