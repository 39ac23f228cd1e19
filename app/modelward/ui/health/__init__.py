"""The Health tab."""
