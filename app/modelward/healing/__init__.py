"""Filling what is missing, the cheapest means first."""
