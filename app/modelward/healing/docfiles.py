"""Where providers document their models: read from files, with what is wrong told by file, line and field.

YAML takes its time to import, so this is imported where files are read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from modelward.core.errors import InputError

if TYPE_CHECKING:
    import yaml

_KEYS = frozenset({"provider", "day", "pages", "hosts"})
_MOST_PAGES = 20
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True)
class Documentation:
    """The pages of one provider, and the hosts to which they may lead."""

    pages: tuple[str, ...]
    hosts: frozenset[str] = field(default_factory=frozenset)

    def __add__(self, other: Documentation) -> Documentation:
        pages = (*self.pages, *(page for page in other.pages if page not in self.pages))
        return Documentation(pages, self.hosts | other.hosts)


Sources = Mapping[str, Documentation]
"""The documentation of each provider, by its id."""


def read_sources(*folders: Path) -> tuple[Sources, tuple[str, ...]]:
    """The addresses in all ``*.yaml`` files of some folders, a later one adding to the earlier; and what is wrong.

    A file with something wrong in it is left out as a whole. A folder that is not there has none.
    """
    found: dict[str, Documentation] = {}
    problems: list[str] = []
    for folder in folders:
        try:
            paths = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"})
        except FileNotFoundError:
            continue
        except OSError as error:
            problems.append(f"{folder}: The folder cannot be read ({error.strerror}).")
            continue
        for path in paths:
            try:
                provider, pages = _read(path)
            except InputError as error:
                problems.append(f"{path.name}: {error.what}" if error.why == "" else f"{path.name}{error.why}")
            else:
                found[provider] = found[provider] + pages if provider in found else pages
    return MappingProxyType(found), tuple(problems)


def documentation(*addresses: str, hosts: frozenset[str] = frozenset()) -> Documentation:
    """Some pages; their own hosts may be asked, and ``hosts``."""
    return Documentation(addresses, hosts | {urlsplit(address).netloc.lower() for address in addresses})


def is_safe(address: str) -> bool:
    """Whether it is the address of a page that may be read: https, or http on this machine itself."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    is_scheme = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    return is_scheme and bool(host) and "@" not in parts.netloc and len(address) <= 500 and address.isprintable()


def _read(path: Path) -> tuple[str, Documentation]:
    from modelward.core import yamlnodes as nodes

    try:
        root = nodes.compose(path)
        parts = nodes.mapping(root, _KEYS)
        provider = nodes.plain(nodes.required(root, parts, "provider"), "provider")
        nodes.day_of(nodes.required(root, parts, "day"))
        listed = nodes.sequence(nodes.required(root, parts, "pages"), "pages")
        if not 0 < len(listed) <= _MOST_PAGES:
            raise nodes.RefusedNodeError(parts["pages"], "pages", f"There must be 1 to {_MOST_PAGES} pages.")
        hosts = nodes.sequence(parts["hosts"], "hosts") if "hosts" in parts else []
        return provider, documentation(*map(_page, listed), hosts=frozenset(map(_host, hosts)))
    except nodes.RefusedNodeError as refusal:
        where = f", line {refusal.line}" + (f", field {refusal.field}" if refusal.field else "")
        raise InputError(refusal.message, why=f"{where}: {refusal.message}") from None


def _page(node: yaml.Node) -> str:
    from modelward.core import yamlnodes as nodes

    address = nodes.plain(node, "pages")
    if not is_safe(address):
        raise nodes.RefusedNodeError(node, "pages", "It must be an address that begins with https://.")
    return address


def _host(node: yaml.Node) -> str:
    from modelward.core import yamlnodes as nodes

    host = nodes.plain(node, "hosts").lower()
    if not host.replace("-", "").replace(".", "").isalnum() or "." not in host or not host.isascii():
        raise nodes.RefusedNodeError(node, "hosts", "It must be the name of a host, such as docs.acme.example.")
    return host
