"""Setting up a fresh machine with the standard library alone: dependencies, browser client, system packages."""
