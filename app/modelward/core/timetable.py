"""The timetable: what recurs, how often, and how late it may be; one line of data each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Entry:
    """One recurring job.

    ``first_after`` is how long after the start it runs first; ``jitter`` delays each run by a random time up to it, so
    that entries of one rhythm do not all run at once. A run that is late by more than ``misfire_grace`` (the machine
    slept, the schedule was paused) is left out; None lets it run however late. Several missed runs are one late run.
    """

    name: str
    title: str
    every: timedelta
    first_after: timedelta
    jitter: timedelta = timedelta()
    misfire_grace: timedelta | None = None

    def __post_init__(self) -> None:
        if self.every < timedelta(seconds=1):
            raise ValueError(f"{self.name} recurs more often than every second")


RAW_FILES = "raw-files"
BACKUP = "backup"
DRILL = "restore-drill"
PROOFS = "prove-backups"
DISCOVERY = "discovery"
AVAILABILITY = "availability"
HEALING = "healing"
OLLAMA_MAINTENANCE = "ollama-maintenance"
OLLAMA_WATCH = "ollama-watch"
FAVOURITES = "measure-favourites"

TIMETABLE: tuple[Entry, ...] = (
    # The start itself reads the folder, so the first look comes a whole period later.
    Entry(RAW_FILES, "Look into the raw folder", timedelta(minutes=15), timedelta(minutes=15), timedelta(seconds=30)),
    # Soon after the start: what a short session changes is covered too.
    Entry(BACKUP, "Hourly backup", timedelta(hours=1), timedelta(minutes=2), timedelta(seconds=30)),
    # Looked at daily, done weekly: few programs run for a week without a break.
    Entry(DRILL, "Restore drill", timedelta(days=1), timedelta(minutes=20), timedelta(minutes=5)),
    Entry(PROOFS, "Verify the oldest backups", timedelta(days=1), timedelta(minutes=40), timedelta(minutes=5)),
    # Looked at hourly, done when the last lists are as old as the settings say: starts and sleeps do not shift it.
    Entry(DISCOVERY, "Look for new models", timedelta(hours=1), timedelta(minutes=1), timedelta(seconds=30)),
    # How often is a setting; a look that is late tells nothing about the time that it missed.
    Entry(
        AVAILABILITY,
        "Check the providers",
        timedelta(minutes=30),
        timedelta(minutes=3),
        timedelta(seconds=30),
        timedelta(minutes=5),
    ),
    # Every hour once all is well, which the desk sees to.
    Entry(HEALING, "Heal", timedelta(minutes=5), timedelta(minutes=4), timedelta(seconds=10)),
    # How often both run is a setting. The first looks into the model folder, which costs a look at each file.
    Entry(OLLAMA_MAINTENANCE, "Maintain local models", timedelta(hours=1), timedelta(minutes=5), timedelta(seconds=30)),
    # A look that is late tells nothing about the time that it missed.
    Entry(
        OLLAMA_WATCH,
        "Look at Ollama",
        timedelta(minutes=5),
        timedelta(minutes=1),
        timedelta(seconds=10),
        timedelta(minutes=2),
    ),
    # Looked at hourly, done when the last time is as long ago as the settings say.
    Entry(FAVOURITES, "Measure favourites", timedelta(hours=1), timedelta(minutes=8), timedelta(minutes=1)),
)
"""Everything that recurs. The desk gives each entry its work, by name."""
