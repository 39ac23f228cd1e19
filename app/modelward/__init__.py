"""Modelward: a desktop control panel for people who work with many language models."""

__version__ = "0.1.0"
