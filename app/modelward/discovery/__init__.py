"""Finds out which models there are, and which providers answer."""
