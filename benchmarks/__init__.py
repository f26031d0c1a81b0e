"""How fast the template and what it generates are: ``python -m benchmarks``."""
