"""Reading, in a page, what somebody else may be writing at that moment."""

from __future__ import annotations

STEADILY = """const steadily = async (look) => {
  for (let tries = 0; ; tries += 1) {
    try {
      return await look();
    } catch (error) {
      if (tries === 250 || !['NotFoundError', 'NotReadableError'].includes(error.name)) throw error;
      await new Promise((done) => setTimeout(done, 20));
    }
  }
};"""
"""The text of a function for scripts: what `look` gives. It looks anew when a file was replaced or removed between the
moment at which it was taken (`getFile`) and that at which it was read: a File is of one moment and no other."""
