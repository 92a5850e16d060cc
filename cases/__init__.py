"""The case: parties, organisations, stages, clocks, permissions. Pure rules, no drivers."""
