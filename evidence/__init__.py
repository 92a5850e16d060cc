"""Ledger chain, recording manifest, timestamp, bundle, verifier."""
