"""Copies of the store: made, proven, kept by a written rule, and brought back."""
