"""The project's own benchmarks, run by the verb `bench`. Figures have one shape: `benchmarks.figures`."""
