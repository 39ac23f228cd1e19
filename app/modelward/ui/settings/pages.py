"""The pages of the settings as data: which settings stand on which, in which order."""

from __future__ import annotations

from dataclasses import dataclass

PROVIDERS, SPENDING = "providers", "spending"


@dataclass(frozen=True, slots=True)
class Page:
    """One page: its key, title, icon, a sentence on what it is for, and the keys of its settings."""

    key: str
    title: str
    icon: str
    sentence: str
    settings: tuple[str, ...] = ()


PAGES: tuple[Page, ...] = (
    Page(
        PROVIDERS,
        "Providers",
        "providers",
        "Who is asked for models. Keys go to the system's keyring, never to a file.",
    ),
    Page(
        SPENDING,
        "Spending",
        "spending",
        "What calls of models may cost. Listing models and checking keys costs nothing.",
        ("spending.zero_burn", "spending.day_limit", "spending.month_limit"),
    ),
    Page(
        "schedules",
        "Schedules",
        "clock",
        "What Modelward does by itself while it runs.",
        ("discovery.every_hours", "discovery.check_every_minutes", "discovery.public_catalogues"),
    ),
    Page(
        "healing",
        "Healing",
        "health",
        "How what the catalogue lacks is found out.",
        (
            "healing.enabled",
            "healing.inference",
            "healing.research",
            "healing.review",
            "healing.threshold",
            "healing.capabilities",
            "healing.context_window",
            "healing.price",
            "healing.max_output_tokens",
            "healing.rate_limits",
            "healing.knowledge_cutoff",
            "healing.parameter_count",
        ),
    ),
    Page(
        "ollama",
        "Local models",
        "ollama",
        "Where Ollama is, and how its models are guarded.",
        (
            "ollama.guard",
            "ollama.repair",
            "ollama.back_up",
            "ollama.protect_all",
            "ollama.host",
            "ollama.models",
            "ollama.vault",
            "ollama.keep_versions",
            "ollama.compress",
            "ollama.maintenance_every_minutes",
            "ollama.watch_every_minutes",
        ),
    ),
    Page(
        "benchmarks",
        "Benchmarks",
        "benchmarks",
        "When models are measured, what that may cost, and what counts as good enough.",
        (
            "benchmarks.good_enough",
            "benchmarks.light_every_hours",
            "benchmarks.day_limit",
            "benchmarks.keep_days",
        ),
    ),
    Page(
        "appearance",
        "Appearance",
        "appearance",
        "How the window looks, starts and ends.",
        ("appearance.theme", "window.close_to_tray", "window.autostart"),
    ),
    Page(
        "network",
        "Network",
        "network",
        "How servers are reached. Their certificates are always checked.",
        ("network.proxy", "network.ca_file"),
    ),
    Page(
        "storage",
        "Storage & log",
        "storage",
        "Where the catalogue and its copies are kept, and what is written down.",
        (
            "store.database_url",
            "catalog.read_raw_folder",
            "backups.folder",
            "backups.keep_pre_operation",
            "log.level",
        ),
    ),
)
"""Every page, from top to bottom. Each setting stands on exactly one."""
