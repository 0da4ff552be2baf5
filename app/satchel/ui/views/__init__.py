"""Pure functions from state to trees, one part of the page a module."""
