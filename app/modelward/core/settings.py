"""The settings in their groups: where each value came from, and saving one of them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from modelward.core import config_file
from modelward.core.errors import SettingsError
from modelward.core.paths import Paths
from modelward.core.redact import redacted
from modelward.core.setting_groups import About, Settings

PREFIX = "MODELWARD__"
_UNSET = "default"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as data: its dotted key, its type, its default and what is said about it."""

    key: str
    hint: Any
    default: object
    about: About

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed words, where it is one of a few."""
        return get_args(self.hint) if get_origin(self.hint) is Literal else ()

    @property
    def is_optional(self) -> bool:
        """Whether it may have no value."""
        return type(None) in get_args(self.hint)

    @property
    def allowed(self) -> str:
        """What is allowed, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        return self.about.allowed or {bool: "true or false", int: "a whole number"}.get(self.hint, "a text")

    def parse(self, text: str | None) -> Any:
        """The value that a text states. Raises ValueError where it is not allowed."""
        if text is None:
            if not self.is_optional:
                raise ValueError("nothing is given")
            return None
        if self.choices:
            return self._choice(text)
        # Half the cost of starting Qt, so that only a start with such a value pays it.
        from pydantic import TypeAdapter

        value = TypeAdapter(self.hint).validate_strings(text)
        if self.about.accepts is not None and not self.about.accepts(value):
            raise ValueError("not allowed")
        return value

    def _choice(self, text: str) -> str:
        for choice in self.choices:
            if choice.casefold() == text.strip().casefold():
                return choice
        raise ValueError("not one of the choices")


@dataclass(frozen=True, slots=True)
class Loaded:
    """The settings in force, and for each dotted key where its value came from.

    An origin reads "default", "config.yaml line 7", "environment LOG_LEVEL" or "option --log-level".
    """

    settings: Settings
    origins: Mapping[str, str]

    def rows(self) -> Iterator[tuple[Setting, str, str]]:
        """Each setting with its value as it may be shown (no password) and its origin."""
        for known in described().values():
            group, _, name = known.key.partition(".")
            value = getattr(getattr(self.settings, group), name)
            yield known, _shown(value), self.origins[known.key]


@functools.cache
def described() -> Mapping[str, Setting]:
    """Every setting by its dotted key, in the order in which people read them."""
    found = {}
    for name, group in get_type_hints(Settings).items():
        hints = get_type_hints(group)
        for each in dataclasses.fields(group):
            key = f"{name}.{each.name}"
            found[key] = Setting(key, hints[each.name], each.default, each.metadata[About])
    return MappingProxyType(found)


def load(paths: Paths, environ: Mapping[str, str], options: Mapping[str, str] | None = None) -> Loaded:
    """The settings in force: defaults, over them config.yaml, the environment, and ``options`` by dotted key.

    Raises SettingsError for an unknown key or a value that is not allowed, naming the place and what is allowed.
    """
    values: dict[str, Any] = {known.key: known.default for known in described().values()}
    origins = dict.fromkeys(values, _UNSET)
    for key, text, origin, place in _stated(paths, environ, options or {}):
        values[key] = _parsed(_known(key, place), text, place)
        origins[key] = origin
    return Loaded(_assembled(values), MappingProxyType(origins))


def save(paths: Paths, key: str, value: object) -> None:
    """Keep one value in config.yaml; the rest of the file stays as the person wrote it.

    Raises SettingsError for an unknown key, a value that is not allowed or a file that cannot be understood, and
    FolderError where it cannot be written. A variable or an option still beats what is saved.
    """
    text = None if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    _parsed(_known(key, "settings"), text, "settings")
    config_file.write(paths.config_file, key, text)


def _stated(
    paths: Paths, environ: Mapping[str, str], options: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str, str]]:
    """Each stated key, weakest source first, with its text, its origin and the place that an error names."""
    file = paths.config_file
    for entry in config_file.read(file):
        yield entry.key, entry.text, f"{file.name} line {entry.line}", f"{file}, line {entry.line}"
    for known in described().values():
        if text := environ.get(known.about.variable or "", ""):
            yield known.key, text, f"environment {known.about.variable}", f"environment variable {known.about.variable}"
    for name, text in environ.items():
        if name.startswith(PREFIX) and text:
            key = name.removeprefix(PREFIX).replace("__", ".", 1).lower()
            yield key, text, f"environment {name}", f"environment variable {name}"
    for key, text in options.items():
        option = "--" + key.replace(".", "-").replace("_", "-")
        yield key, text, f"option {option}", f"option {option}"


def _known(key: str, place: str) -> Setting:
    if key in described():
        return described()[key]
    import difflib

    close = difflib.get_close_matches(key, described(), 1, cutoff=0.5)
    guess = f"Did you mean {close[0]}? " if close else ""
    raise SettingsError(
        f"{place}: there is no setting {_shown(key)}.", todo=f"{guess}The settings are {', '.join(described())}."
    )


def _parsed(known: Setting, text: str | None, place: str) -> Any:
    try:
        return known.parse(text)
    except ValueError as error:
        given = "nothing" if text is None else repr(_shown(text))
        raise SettingsError(f"{place}: {known.key} cannot be {given}.", todo=f"Allowed is {known.allowed}.") from error


def _assembled(values: Mapping[str, Any]) -> Settings:
    groups = {}
    for name, group in get_type_hints(Settings).items():
        own = {key.partition(".")[2]: value for key, value in values.items() if key.startswith(f"{name}.")}
        groups[name] = group(**own)
    return Settings(**groups)


def _shown(value: object) -> str:
    """A value as people may see it: short, and without a secret."""
    if value is None:
        return ""
    text = str(value).lower() if isinstance(value, bool) else redacted(str(value))
    return text if len(text) <= 100 else text[:99] + "…"
