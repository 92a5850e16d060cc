"""What the hub counts, for Prometheus. No label tells of a person, a case or a room: only of kinds."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

FAST = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.3, 1)

CONNECTIONS = Gauge("heyi_connections", "Open websocket connections")
PUBLISHED = Counter("heyi_events_published_total", "Events handed to streams")
DELIVERIES = Counter("heyi_deliveries_total", "Frames written to readers", ["topic", "view"])
BYTES = Counter("heyi_delivered_bytes_total", "Bytes of those frames", ["topic", "view"])
RESUMES = Counter(
    "heyi_subscriptions_total", "Subscriptions by how they began: from the ring, the database, or a fresh snapshot", ["source"]
)
CUTS = Counter("heyi_cuts_total", "Connections ended by the server", ["reason"])
REFUSED = Counter("heyi_handshakes_refused_total", "Handshakes refused", ["reason"])
COMMANDS = Counter("heyi_commands_total", "Commands by outcome", ["command", "outcome"])
COMMAND_SECONDS = Histogram("heyi_command_seconds", "Time to answer a command", buckets=(0.005, 0.02, 0.05, 0.1, 0.3, 1, 3))
PUBLISH_SECONDS = Histogram("heyi_publish_seconds", "From a commit to its last write, on the node that committed", buckets=FAST)
LOOP_LAG = Histogram("heyi_loop_lag_seconds", "How late the event loop comes to what is due", buckets=FAST)
BACKPLANE_MESSAGES = Counter("heyi_backplane_messages_total", "Announcements between nodes", ["direction"])
BACKPLANE_LOST = Counter("heyi_backplane_lost_total", "Announcements that could not be sent; other nodes find them in the database")
