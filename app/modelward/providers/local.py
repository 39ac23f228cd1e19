"""Servers that people run themselves, and any other address that speaks OpenAI's wire."""

from __future__ import annotations

import ipaddress
from dataclasses import replace

from modelward.providers.model import KeyNeed, KnownProvider, Listing

OLLAMA_PORT = 11434

OLLAMA = KnownProvider(
    id="ollama",
    title="Ollama",
    dialect="ollama",
    base_url=f"http://127.0.0.1:{OLLAMA_PORT}",
    listing=Listing("/api/tags", format="Ollama"),
    key=KeyNeed.NONE,
    check_path="/api/version",
    chat_path="/api/chat",
    embed_path="/api/embed",
    is_local=True,
)

LM_STUDIO = KnownProvider(
    id="lmstudio",
    title="LM Studio",
    dialect="openai",
    base_url="http://127.0.0.1:1234/v1",
    listing=Listing("/models", format="LM Studio"),
    key=KeyNeed.OPTIONAL,
    env=("LMSTUDIO_API_KEY", "LM_API_TOKEN"),
    is_local=True,
)

LLAMA_CPP = KnownProvider(
    id="llamacpp",
    title="llama.cpp server",
    dialect="openai",
    base_url="http://127.0.0.1:8080/v1",
    listing=Listing("/models", format="llama.cpp"),
    key=KeyNeed.OPTIONAL,
    env=("LLAMACPP_API_KEY",),
    is_local=True,
)

VLLM = KnownProvider(
    id="vllm",
    title="vLLM",
    dialect="openai",
    base_url="http://127.0.0.1:8000/v1",
    listing=Listing("/models", format="vLLM"),
    key=KeyNeed.OPTIONAL,
    env=("VLLM_API_KEY",),
    is_local=True,
)

OPENAI_COMPATIBLE = KnownProvider(
    id="openai-compatible",
    title="OpenAI-compatible server",
    dialect="openai",
    base_url="http://127.0.0.1:8000/v1",
    listing=Listing("/models"),
    key=KeyNeed.OPTIONAL,
    note="Any address that answers as OpenAI does.",
)

LOCAL = (OLLAMA, LM_STUDIO, LLAMA_CPP, VLLM)


def root_of(base_url: str) -> str:
    """A server's address without the ``/v1`` behind which its OpenAI-compatible part lies."""
    return base_url.rstrip("/").removesuffix("/v1")


def placed(known: KnownProvider, base_url: str) -> KnownProvider:
    """A row of this file at another address, with or without ``/v1`` as this kind of server wants it.

    Rows of other kinds take the address as it is.
    """
    plain = base_url.rstrip("/")
    if known.dialect == "ollama":
        plain = root_of(plain)
    elif known.id in (LM_STUDIO.id, LLAMA_CPP.id, VLLM.id):
        plain = root_of(plain) + "/v1"
    return replace(known, base_url=plain)


def ollama_url(text: str) -> str:
    """The address in OLLAMA_HOST, read as Ollama reads it: host, host:port or :port, with or without a scheme.

    An address that means "every interface" to a server means this machine to us. A port that is none is the usual one.
    """
    plain = text.strip().strip("\"'").strip()
    scheme, found, rest = plain.partition("://")
    usual = {"http": "80", "https": "443"}.get(scheme, "") if found else str(OLLAMA_PORT)
    where, _, path = (rest if found else plain).partition("/")
    host, port = _host_and_port(where, usual or str(OLLAMA_PORT))
    if not (port.isascii() and port.isdecimal() and int(port) <= 65535):
        port = usual or str(OLLAMA_PORT)
    path = f"/{path}".rstrip("/")
    return f"{scheme if found and usual else 'http'}://{reachable(host)}:{port}{path}"


def _host_and_port(where: str, usual: str) -> tuple[str, str]:
    plain = where.strip("[]")
    try:
        return str(ipaddress.ip_address(plain)), usual
    except ValueError:
        host, colon, port = where.rpartition(":")
        return (host.strip("[]"), port) if colon else (plain, usual)


def reachable(host: str) -> str:
    """A host as it is asked: "every interface" is this machine, and an IPv6 address stands in brackets."""
    try:
        address = ipaddress.ip_address(host or "127.0.0.1")
    except ValueError:
        return host
    if address.is_unspecified:
        address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
    return f"[{address}]" if address.version == 6 else str(address)
