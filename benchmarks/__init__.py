"""The project's own benchmarks. Each prints one JSON document of figures."""
