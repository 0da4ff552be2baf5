"""The agent: one turn after another from the user's message to its result, all of it written to the event
log.
"""
