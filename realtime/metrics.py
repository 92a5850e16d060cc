"""What the hub counts, for Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

CONNECTIONS = Gauge("heyi_connections", "Open websocket connections")
PUBLISHED = Counter("heyi_events_published_total", "Events handed to streams")
DELIVERIES = Counter("heyi_deliveries_total", "Frames written to readers")
RESUMES = Counter("heyi_subscriptions_total", "Subscriptions by how they began", ["source"])
CUTS = Counter("heyi_cuts_total", "Connections ended by the server", ["reason"])
COMMANDS = Counter("heyi_commands_total", "Commands by outcome", ["command", "outcome"])
COMMAND_SECONDS = Histogram("heyi_command_seconds", "Time to answer a command", buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3))
