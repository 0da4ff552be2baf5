"""The ports' implementations, one folder a host."""
