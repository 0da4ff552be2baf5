"""The views: pure functions from state to trees of plain JSON, and the actions that come back."""
