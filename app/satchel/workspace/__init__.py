"""The shadow workspace: guest paths, import, base, changeset, diff and commit."""
