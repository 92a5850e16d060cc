"""Headless participants that send real encoded media, for rehearsals, tests and benchmarks."""
