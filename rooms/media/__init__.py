"""The media of rooms: forwarding of encoded packets, recording, the worker process and its control."""
