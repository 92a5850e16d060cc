"""Drafting, version, ceremony, PDF, seal."""
