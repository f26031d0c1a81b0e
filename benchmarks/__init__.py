"""Benchmarks of the template and its generated projects: ``python -m benchmarks``."""
