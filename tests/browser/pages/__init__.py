"""Pages around the room, each for one subject, over one server and one browser for all of them."""
