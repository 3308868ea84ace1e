"""Generators of the synthetic demo data: seeded, deterministic, standard library only."""
