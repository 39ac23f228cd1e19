"""Safe connections are verified, always; what makes one unsafe is told in words."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import UnreachableError
from modelward.core.preferences import Preferences
from modelward.net.client import Client
from net.conftest import CallOf

x509 = pytest.importorskip("cryptography.x509")


def certificate(folder: Path, *, host: str = "127.0.0.1", days: int = 2) -> Path:
    """A file with a new key and a certificate that vouches for itself."""
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    end = datetime.now(UTC) + timedelta(days=days)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - timedelta(days=10))
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    file = folder / "certificate.pem"
    file.write_bytes(key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem))
    return file


def speaking(file: Path) -> WireServer:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = WireServer(tls=context)
    server.route("GET", "/", Reply(body=[]))
    server.route("GET", "/long", Reply(endless=b"data: 1\n\n"))
    return server


async def reason(client: Client, call: CallOf, url: str) -> str:
    with pytest.raises(UnreachableError, match="no safe connection") as caught:
        await client.ask(call(url=url))
    return caught.value.why


async def test_a_self_signed_server_is_refused_and_then_trusted_by_its_file(
    client: Client, call: CallOf, preferences: Preferences, tmp_path: Path
) -> None:
    file = certificate(tmp_path)
    async with speaking(file) as server:
        assert "self-signed" in await reason(client, call, server.url)
        assert not server.requests
        await preferences.change("network.ca_file", str(file))
        assert (await client.ask_json(call(url=server.url)))[0] == []
        async with client.stream(call(url=f"{server.url}/long")) as stream:
            assert await anext(stream.lines()) == "data: 1"
        await client.close()
        await server.until(lambda: server.open_connections == 0)


async def test_an_expired_certificate_is_refused_although_it_is_trusted(
    client: Client, call: CallOf, preferences: Preferences, tmp_path: Path
) -> None:
    file = certificate(tmp_path, days=-1)
    await preferences.change("network.ca_file", str(file))
    async with speaking(file) as server:
        assert "has expired" in await reason(client, call, server.url)


async def test_a_certificate_of_another_host_is_refused_although_it_is_trusted(
    client: Client, call: CallOf, preferences: Preferences, tmp_path: Path
) -> None:
    file = certificate(tmp_path, host="127.0.0.2")
    await preferences.change("network.ca_file", str(file))
    async with speaking(file) as server:
        assert "another name" in await reason(client, call, server.url)


async def test_a_server_without_tls_is_told_as_such(client: Client, call: CallOf) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]
        assert "does not speak TLS" in await reason(client, call, f"https://127.0.0.1:{port}/")


async def test_a_file_without_certificates_is_told_as_such(
    client: Client, call: CallOf, preferences: Preferences, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    for content in (b"", b"no certificate", b"\xff" * 100):
        file.write_bytes(content)
        await preferences.change("network.ca_file", str(file))
        with pytest.raises(UnreachableError, match="no certificate in PEM"):
            await client.ask(call())
    file.unlink()
    with pytest.raises(UnreachableError, match="cannot be read"):
        await client.ask(call())
