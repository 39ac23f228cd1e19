"""Widgets and helpers without domain words."""
