"""What the actions do, one module for each part of the page. The table is in `ui.actions`."""
