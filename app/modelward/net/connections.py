"""The connections to servers: made at the first call, anew when the settings of the network change."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path

import certifi
import httpx

from modelward import __version__
from modelward.core.errors import UnreachableError
from modelward.core.preferences import Preferences
from modelward.core.setting_groups import NetworkSettings
from modelward.net.decoding import ACCEPTED

_IDLE_SECONDS = 30.0
_MOST_IDLE = 20

_DIRECT = ("all://localhost", "all://127.0.0.1", "all://[::1]")
"""What no proxy can reach: this machine."""


class Connections:
    """Lends out the one httpx client that fits the settings; one that no longer fits lives until its last call ends."""

    def __init__(self, preferences: Preferences) -> None:
        self._preferences = preferences
        self._making = asyncio.Lock()
        self._current: _Pool | None = None
        self._pools: set[_Pool] = set()
        self._is_closed = False

    @asynccontextmanager
    async def borrowed(self) -> AsyncIterator[httpx.AsyncClient]:
        """The client for one call. Raises UnreachableError where the settings cannot be used."""
        pool = await self._fitting()
        pool.users += 1
        try:
            yield pool.http
        finally:
            pool.users -= 1
            if pool is not self._current and not pool.users:
                await self._end(pool)

    async def close(self) -> None:
        """Close every connection, also of calls under way."""
        self._is_closed = True
        async with self._making:
            for pool in tuple(self._pools):
                await self._end(pool)

    async def _fitting(self) -> _Pool:
        async with self._making:
            network = self._preferences.settings.network
            former = self._current
            if self._is_closed:
                raise UnreachableError("Nothing is sent any more.", why="Modelward is closing.")
            if former is not None and former.network == network:
                return former
            # Certificates take tens of milliseconds to read: too long for the window.
            self._current = _Pool(network, await asyncio.to_thread(_made, network))
            self._pools.add(self._current)
            if former is not None and not former.users:
                await self._end(former)
            return self._current

    async def _end(self, pool: _Pool) -> None:
        self._pools.discard(pool)
        await pool.http.aclose()


class _Pool:
    """A client, the settings it was made for, and how many calls use it."""

    def __init__(self, network: NetworkSettings, http: httpx.AsyncClient) -> None:
        self.network = network
        self.http = http
        self.users = 0


def _made(network: NetworkSettings) -> httpx.AsyncClient:
    for library in ("httpx", "httpcore"):  # they would tell addresses and headers to whoever listens closely
        logging.getLogger(library).setLevel(logging.WARNING)
    try:
        http = httpx.AsyncClient(
            verify=_trusted(network.ca_file),
            proxy=network.proxy,
            mounts=dict.fromkeys(_DIRECT),
            headers={"user-agent": f"Modelward/{__version__}", "accept-encoding": ACCEPTED},
            timeout=None,  # noqa: S113 - phases.py keeps the time, of more than httpx can
            limits=httpx.Limits(max_keepalive_connections=_MOST_IDLE, keepalive_expiry=_IDLE_SECONDS),
        )
    except ImportError:
        problem = "SOCKS proxies are not supported."
    except (ValueError, httpx.InvalidURL):
        problem = "Its address cannot be understood."
    else:
        http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        return http
    whose = "that is set as network.proxy" if network.proxy else "of the system's settings"
    raise UnreachableError(
        f"The proxy {whose} cannot be used.", why=problem, todo="Enter one such as http://proxy.example:3128."
    )


def _trusted(ca_file: str | None) -> ssl.SSLContext:
    """TLS that verifies: by the system's authorities, those that come with us, and the person's own."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    if ca_file:
        try:
            context.load_verify_locations(Path(ca_file).expanduser())
        except (OSError, ValueError) as error:
            problem = (
                "It cannot be read." if isinstance(error, FileNotFoundError) else "It holds no certificate in PEM."
            )
        else:
            return context
        raise UnreachableError(
            f"The certificates in {ca_file} cannot be used.", why=problem, todo="Choose another file, or none."
        )
    return context
