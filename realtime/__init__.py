"""Wire messages, session, streams, audience, hub, backplane, endpoint."""
