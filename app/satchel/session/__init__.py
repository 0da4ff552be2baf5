"""The append-only event log of a session: events, codec, framing, log and catalogue."""
