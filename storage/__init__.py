"""Models by noun, migrations, unit of work, outbox, vault."""
