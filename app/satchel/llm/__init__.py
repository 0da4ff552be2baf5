"""The model behind one port: requests, the stream of what it says, and the scripted models."""
