"""Tables by noun. States of aggregates are kept as JSON beside the columns that are searched; see docs/decisions/0002-aggregate-state.md."""

MODULES = [
    "storage.models.people",
    "storage.models.cases",
    "storage.models.ledger",
    "storage.models.streams",
    "storage.models.doors",
    "storage.models.agreements",
    "storage.models.recordings",
    "storage.models.calls",
    "storage.models.second_factor",
    "storage.models.provider_links",
    "storage.models.audit",
    "storage.models.notices",
    "storage.models.calendar",
    "storage.models.residents",
    "storage.models.risk",
    "storage.models.counts",
    "storage.models.experts",
    "storage.models.appointments",
    "storage.models.assistance",
    "storage.models.uploads",
]
