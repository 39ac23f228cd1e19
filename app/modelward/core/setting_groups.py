"""The settings as typed groups: what each is for, its default, and what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")

_DAY_LIMIT, _MONTH_LIMIT, _BENCH_LIMIT = Decimal(1), Decimal(10), Decimal("0.50")


@dataclass(frozen=True, slots=True)
class About:
    """What a form and a message say of a setting.

    ``variable`` is its own environment variable beside ``MODELWARD__GROUP__FIELD``; ``accepts`` checks what the type
    alone does not, ``allowed`` says in words what it lets pass. ``unit`` stands behind a number; ``empty`` says what
    no value means; ``path``: the text names a file or a folder. ``needs_restart``: a change counts from the next start.
    """

    title: str
    help: str
    variable: str | None = None
    accepts: Callable[[Any], bool] | None = None
    allowed: str = ""
    unit: str = ""
    empty: str = ""
    path: Literal["", "file", "folder"] = ""
    needs_restart: bool = False


def setting(default: T, about: About) -> T:
    """A field of a group, with its default and what is said about it."""
    made: T = field(default=default, metadata={About: about})
    return made


def _is_database_url(value: object) -> bool:
    return value is None or re.match(r"(postgresql|postgres|sqlite)(\+\w+)?://", str(value)) is not None


@dataclass(frozen=True, slots=True)
class LogSettings:
    """What is written to the log."""

    level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = setting(
        "INFO",
        About(
            "Log level",
            "The least important messages that the log still keeps.",
            variable="LOG_LEVEL",
        ),
    )


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where the catalogue is kept."""

    database_url: str | None = setting(
        None,
        About(
            "Database",
            "Address of a shared PostgreSQL database; without one, an SQLite file in the data folder.",
            variable="DATABASE_URL",
            accepts=_is_database_url,
            allowed="an address such as postgresql://user@host/name",
            empty="A file in the data folder",
            needs_restart=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class AppearanceSettings:
    """How the window looks."""

    theme: Literal["system", "light", "dark"] = setting(
        "system", About("Theme", "Light or dark, or as the system has it.")
    )


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """What fills the catalogue."""

    read_raw_folder: bool = setting(
        True, About("Read the raw folder", "Import the files lying in the folder raw at start, when they have changed.")
    )


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Where copies of the store are kept, and how many."""

    folder: str | None = setting(
        None,
        About(
            "Folder of the backups",
            "Where the copies of the store are kept; without one, a folder beside the data.",
            variable="BACKUP_DIR",
            empty="A folder beside the data",
            path="folder",
            needs_restart=True,
        ),
    )
    keep_pre_operation: int | None = setting(
        None,
        About(
            "Copies before operations",
            "How many copies made before an operation are kept; without a number, all of them.",
            accepts=lambda value: value is None or 1 <= value <= 100_000,
            allowed="a whole number from 1, or null to keep all",
            unit="copies",
            empty="Keep all",
            needs_restart=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """How servers are reached."""

    proxy: str | None = setting(
        None,
        About(
            "Proxy",
            "Address of a proxy; without one, the system's own proxy settings count.",
            accepts=lambda value: value is None or re.match(r"(https?|socks5h?)://", str(value)) is not None,
            allowed="an address such as http://proxy.example:3128",
            empty="As the system has it",
        ),
    )
    ca_file: str | None = setting(
        None,
        About(
            "Certificates",
            "A PEM file with further certificate authorities to trust, such as a company's own.",
            accepts=lambda value: value is None or Path(str(value)).expanduser().is_file(),
            allowed="the path of a file that exists",
            empty="None but the system's",
            path="file",
        ),
    )


@dataclass(frozen=True, slots=True)
class DiscoverySettings:
    """When providers are asked for their models."""

    every_hours: int = setting(
        24,
        About(
            "List models every",
            "Hours between two lists of every provider's models; 0 lists them on demand only.",
            accepts=lambda value: 0 <= value <= 720,
            allowed="a whole number from 0 to 720",
            unit="hours",
        ),
    )
    check_every_minutes: int = setting(
        30,
        About(
            "Check availability every",
            "Minutes between two checks whether the providers answer (free of charge); 0 never checks.",
            accepts=lambda value: value == 0 or 5 <= value <= 1440,
            allowed="0, or a whole number from 5 to 1440",
            unit="minutes",
        ),
    )
    public_catalogues: Literal["ask", "yes", "no"] = setting(
        "ask",
        About(
            "Refresh public catalogues",
            "Whether models.dev, OpenRouter's list and LiteLLM's price map are fetched daily, without any key.",
        ),
    )


@dataclass(frozen=True, slots=True)
class SpendingSettings:
    """What calls may cost."""

    zero_burn: bool = setting(
        True,
        About("Zero-Burn", "Only calls that are known to be free may go out. A call of unknown price counts as paid."),
    )
    day_limit: Decimal | None = setting(
        _DAY_LIMIT,
        About(
            "Budget per day",
            "USD that calls may cost in one day of local time; without a number, any amount.",
            accepts=lambda value: value is None or (value.is_finite() and 0 <= value <= 1_000_000),
            allowed="an amount in USD such as 2.50, or null for no limit",
            unit="USD",
            empty="No limit",
        ),
    )
    month_limit: Decimal | None = setting(
        _MONTH_LIMIT,
        About(
            "Budget per month",
            "USD that calls may cost in one calendar month of local time; without a number, any amount.",
            accepts=lambda value: value is None or (value.is_finite() and 0 <= value <= 1_000_000),
            allowed="an amount in USD such as 20, or null for no limit",
            unit="USD",
            empty="No limit",
        ),
    )


@dataclass(frozen=True, slots=True)
class HealingSettings:
    """How what is missing is found out."""

    enabled: bool = setting(
        True, About("Heal in the background", "Look for what is missing every 5 minutes, every hour once all is known.")
    )
    threshold: float = setting(
        0.8,
        About(
            "Believe from",
            "How sure a value that a model states must be, 0 to 1, before it is filed.",
            accepts=lambda value: 0.5 <= value <= 1,
            allowed="a number from 0.5 to 1",
        ),
    )
    review: bool = setting(
        False, About("Review first", "Values that a model states, or a page, wait until you accept them.")
    )
    inference: bool = setting(
        True, About("Ask models", "Ask a local or free model for what rules and catalogues do not know.")
    )
    research: bool = setting(
        True, About("Read documentation", "Read the providers' documentation, where fetching catalogues is allowed.")
    )
    capabilities: bool = setting(True, About("Capabilities", "Look for what a model can do."))
    context_window: bool = setting(True, About("Context window", "Look for the context window."))
    price: bool = setting(True, About("Price", "Look for the price."))
    max_output_tokens: bool = setting(True, About("Output limit", "Look for the most tokens of one answer."))
    rate_limits: bool = setting(False, About("Rate limits", "Look for the limits of requests and tokens."))
    knowledge_cutoff: bool = setting(True, About("Knowledge cut-off", "Look for the end of the training data."))
    parameter_count: bool = setting(True, About("Parameters", "Look for the number of parameters."))


@dataclass(frozen=True, slots=True)
class OllamaSettings:
    """How local models are guarded."""

    host: str | None = setting(
        None,
        About(
            "Address of Ollama",
            "Where Ollama answers; without one, this machine at its usual port.",
            variable="OLLAMA_HOST",
            empty="http://127.0.0.1:11434",
        ),
    )
    models: str | None = setting(
        None,
        About(
            "Folder of the models",
            "Where Ollama keeps its models; without one, it is looked for.",
            variable="OLLAMA_MODELS",
            empty="Looked for",
            path="folder",
        ),
    )
    vault: str | None = setting(
        None,
        About(
            "Folder of the vault",
            "Where copies of the models are kept, best on another disk; without one, a folder beside the data.",
            empty="A folder beside the data",
            path="folder",
        ),
    )
    guard: bool = setting(
        True, About("Guard local models", "Verify, copy and watch Ollama's models in the background.")
    )
    repair: bool = setting(
        True, About("Repair by itself", "Bring a damaged or vanished model back without asking; else only tell.")
    )
    back_up: bool = setting(
        True, About("Copy by itself", "Copy new and changed models into the vault while enough of its disk stays free.")
    )
    protect_all: bool = setting(
        True, About("Guard every model", "Bring back any model that is gone; else only those chosen by hand.")
    )
    maintenance_every_minutes: int = setting(
        60,
        About(
            "Maintain every",
            "Minutes between two maintenance runs: verify, copy, repair.",
            variable="MAINTENANCE_INTERVAL",
            accepts=lambda value: 5 <= value <= 10_080,
            allowed="a whole number from 5 to 10080",
            unit="minutes",
        ),
    )
    watch_every_minutes: int = setting(
        5,
        About(
            "Look every",
            "Minutes between two looks whether Ollama answers; 0 never looks.",
            accepts=lambda value: 0 <= value <= 1440,
            allowed="a whole number from 0 to 1440",
            unit="minutes",
        ),
    )
    keep_versions: int = setting(
        5,
        About(
            "Versions kept",
            "How many versions of each model the vault keeps.",
            variable="BACKUP_RETENTION_COUNT",
            accepts=lambda value: 1 <= value <= 1000,
            allowed="a whole number from 1 to 1000",
            unit="versions",
        ),
    )
    compress: bool = setting(
        False, About("Compress copies", "Compress what gets more than 3 % smaller; slower to write and to read.")
    )


@dataclass(frozen=True, slots=True)
class BenchmarkSettings:
    """How models are measured."""

    light_every_hours: int = setting(
        6,
        About(
            "Measure favourites every",
            "Hours between two short measurements of the favourites, free or within the budget; 0 never measures.",
            accepts=lambda value: 0 <= value <= 720,
            allowed="a whole number from 0 to 720",
            unit="hours",
        ),
    )
    day_limit: Decimal = setting(
        _BENCH_LIMIT,
        About(
            "Spend on measuring per day",
            "USD that measuring may cost in one day of local time, within the budget of all calls.",
            accepts=lambda value: value.is_finite() and 0 <= value <= 1_000_000,
            allowed="an amount in USD such as 0.50",
            unit="USD",
        ),
    )
    good_enough: float = setting(
        0.8,
        About(
            "Good enough from",
            "The quality, 0 to 1, from which a model is good enough for advice.",
            accepts=lambda value: 0 <= value <= 1,
            allowed="a number from 0 to 1",
        ),
    )
    keep_days: int = setting(
        30,
        About(
            "Keep every call for",
            "Days for which each measured call is kept; of older ones the daily figures stay.",
            accepts=lambda value: 1 <= value <= 3650,
            allowed="a whole number from 1 to 3650",
            unit="days",
        ),
    )


@dataclass(frozen=True, slots=True)
class WindowSettings:
    """How the window ends and starts."""

    close_to_tray: bool = setting(
        True, About("Keep running in the tray", "Closing the window leaves Modelward in the tray, where there is one.")
    )
    autostart: bool = setting(False, About("Start with the system", "Start Modelward in the tray when you log in."))


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, in their groups."""

    log: LogSettings = LogSettings()
    store: StoreSettings = StoreSettings()
    appearance: AppearanceSettings = AppearanceSettings()
    catalog: CatalogSettings = CatalogSettings()
    backups: BackupSettings = BackupSettings()
    network: NetworkSettings = NetworkSettings()
    discovery: DiscoverySettings = DiscoverySettings()
    spending: SpendingSettings = SpendingSettings()
    healing: HealingSettings = HealingSettings()
    ollama: OllamaSettings = OllamaSettings()
    benchmarks: BenchmarkSettings = BenchmarkSettings()
    window: WindowSettings = WindowSettings()
