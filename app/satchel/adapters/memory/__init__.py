"""Adapters that keep everything in memory: verified fakes for tests and demos, held to the same contracts."""
