"""A mediation session: lobby, plenary, caucus, floor, conduct; and its media: forwarding, recording."""
