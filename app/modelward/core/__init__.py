"""Shared words of the whole program: errors, changes, jobs, schedule, settings, paths, clock, log."""
