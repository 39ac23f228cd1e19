"""Fetching documentation from a real server on this machine: robots, cache, limits, redirects, types, walls."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.wire import Reply, WireServer
from modelward.core.errors import AnswerError, NetworkError
from modelward.core.paths import Paths
from modelward.core.preferences import Preferences
from modelward.core.settings import load
from modelward.healing.pagecache import MOST_AGE, PageCache, kept_now
from modelward.healing.pages import MOST_BYTES, PAUSE, Page, Pages
from modelward.net.client import Client

BODY = "<h1>Models</h1><p>acme-large has a context window of 128,000 tokens.</p>" + "<p>Plain words.</p>" * 20
HTML = {"content-type": "text/html; charset=utf-8"}
START = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Time:
    """Passes when somebody sleeps, or is told to."""

    def __init__(self) -> None:
        self.now = START
        self.slept: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own proxies are no part of a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
async def client(time: Time) -> AsyncIterator[Client]:
    paths = Paths.locate()
    made = Client(Preferences(paths, load(paths, {}), {}), sleep=time.sleep, clock=time)
    yield made
    await made.close()


Open = Callable[[], Pages]


@pytest.fixture
def open_pages(client: Client, tmp_path: Path, time: Time) -> Open:
    """Pages as after a new start; what was kept before is still there."""
    return lambda: Pages(client, tmp_path / "cache", time, time.sleep)


@pytest.fixture
def pages(open_pages: Open) -> Pages:
    return open_pages()


async def read(pages: Pages, wire: WireServer, path: str = "/models", *hosts: str) -> Page:
    return await pages.page(wire.url + path, {f"127.0.0.1:{wire.port}", *hosts})


def asked(wire: WireServer) -> list[str]:
    return [seen.path for seen in wire.requests]


async def test_a_page_is_fetched_without_any_key_and_read(pages: Pages, wire: WireServer) -> None:
    wire.route("GET", "/models", Reply(headers=HTML, body=BODY))
    page = await read(pages, wire, "/models#large")
    assert (page.url, page.host, page.at) == (f"{wire.url}/models", "127.0.0.1", START)
    assert page.lines[1].text == "acme-large has a context window of 128,000 tokens."
    assert asked(wire) == ["/robots.txt", "/models"]
    assert not {"authorization", "cookie", "x-api-key"} & wire.requests[1].headers.keys()
    assert wire.requests[1].headers["user-agent"].startswith("Modelward/")


async def test_robots_are_heeded_and_asked_once_a_day(pages: Pages, wire: WireServer, time: Time) -> None:
    wire.route(
        "GET", "/robots.txt", Reply(body="User-agent: *\nDisallow: /private\n\nUser-agent: Modelward\nDisallow: /m")
    )
    wire.route("GET", "/private", Reply(headers=HTML, body=BODY))
    with pytest.raises(AnswerError, match=r"robots\.txt"):
        await read(pages, wire)
    await read(pages, wire, "/private")
    assert asked(wire) == ["/robots.txt", "/private"]
    time.now += timedelta(hours=25)
    await read(pages, wire, "/private")
    assert asked(wire) == ["/robots.txt", "/private", "/robots.txt", "/private"]


async def test_without_robots_all_may_be_read_and_with_failing_ones_nothing(pages: Pages, wire: WireServer) -> None:
    wire.route("GET", "/models", Reply(headers=HTML, body=BODY))
    wire.route("GET", "/robots.txt", Reply(503))
    with pytest.raises(NetworkError):
        await read(pages, wire)
    assert "/models" not in asked(wire)
    wire.route("GET", "/robots.txt", Reply(403))
    assert (await read(pages, wire)).lines


async def test_a_page_that_has_not_changed_is_not_sent_again(open_pages: Open, wire: WireServer, time: Time) -> None:
    headers = {**HTML, "etag": '"one"', "last-modified": "Fri, 20 Nov 2026 10:00:00 GMT"}
    wire.route("GET", "/models", [Reply(headers=headers, body=BODY), Reply(304)])
    first = await read(open_pages(), wire)
    time.now += timedelta(hours=1)
    second = await read(open_pages(), wire)
    assert (second.lines, second.at) == (first.lines, START + timedelta(hours=1))
    assert wire.requests[-1].headers["if-none-match"] == '"one"'
    assert wire.requests[-1].headers["if-modified-since"] == "Fri, 20 Nov 2026 10:00:00 GMT"


async def test_a_damaged_cache_is_as_good_as_none(open_pages: Open, wire: WireServer, tmp_path: Path) -> None:
    wire.route("GET", "/models", Reply(headers={**HTML, "etag": '"one"'}, body=BODY))
    await read(open_pages(), wire)
    for damage in (b"", b"{", b"[]", b'{"x": 3}', b'{"x": {"at": 3}}'):
        (tmp_path / "cache" / "index.json").write_bytes(damage)
        assert (await read(open_pages(), wire)).lines
        assert "if-none-match" not in wire.requests[-1].headers
    for file in (tmp_path / "cache").iterdir():
        if file.name != "index.json":
            file.write_bytes(b"changed")
    assert (await read(open_pages(), wire)).lines
    assert "if-none-match" not in wire.requests[-1].headers


async def test_a_cache_that_cannot_be_written_stops_nothing(
    client: Client, wire: WireServer, tmp_path: Path, time: Time
) -> None:
    (tmp_path / "cache").write_text("a file in the way")
    wire.route("GET", "/models", Reply(headers=HTML, body=BODY))
    assert (await read(Pages(client, tmp_path / "cache", time, time.sleep), wire)).lines


def test_old_pages_and_too_many_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelward.healing.pagecache.MOST_BYTES", 250)
    cache = PageCache(tmp_path / "cache")
    for number in range(4):
        at = START + timedelta(minutes=number)
        content = bytes([number]) * 100
        cache.keep(f"https://x.example/{number}", content, kept_now(content, {}, at), at)
    kept = [number for number in range(4) if cache.find(f"https://x.example/{number}")]
    assert kept == [2, 3]
    later = START + MOST_AGE + timedelta(minutes=2, seconds=30)
    cache.keep("https://x.example/new", b"n", kept_now(b"n", {}, later), later)
    assert cache.find("https://x.example/2") is None
    assert len(list((tmp_path / "cache").iterdir())) == 3


async def test_pages_of_one_host_are_asked_one_by_one_with_a_pause(pages: Pages, wire: WireServer, time: Time) -> None:
    for path in ("/a", "/b", "/c"):
        wire.route("GET", path, Reply(headers=HTML, body=BODY))
        await read(pages, wire, path)
    assert time.slept == [PAUSE, PAUSE]


async def test_a_page_of_fifty_megabytes_is_given_up_at_five(pages: Pages, wire: WireServer) -> None:
    wire.route("GET", "/models", Reply(headers=HTML, endless=b"<p>x</p>" * 8_192))
    with pytest.raises(AnswerError):
        await read(pages, wire)
    wire.route("GET", "/long", Reply(headers=HTML, body=b"x" * (MOST_BYTES + 1)))
    with pytest.raises(AnswerError):
        await read(pages, wire, "/long")


async def test_a_redirect_to_another_host_is_followed_only_where_it_is_named(pages: Pages, wire: WireServer) -> None:
    async with WireServer() as other:
        other.route("GET", "/new", Reply(headers=HTML, body=BODY))
        wire.route("GET", "/models", Reply(302, headers={"location": f"{other.url}/new"}))
        with pytest.raises(AnswerError, match="elsewhere"):
            await read(pages, wire)
        assert not other.requests
        assert (await read(pages, wire, "/models", f"127.0.0.1:{other.port}")).lines
        assert asked(other) == ["/new"]


async def test_a_redirect_within_the_host_is_followed(pages: Pages, wire: WireServer) -> None:
    wire.route("GET", "/models", Reply(301, headers={"location": "/docs/models"}))
    wire.route("GET", "/docs/models", Reply(headers=HTML, body=BODY))
    assert (await read(pages, wire)).lines


@pytest.mark.parametrize(
    "content_type", ["application/pdf", "image/png", "text/javascript", "application/octet-stream", ""]
)
async def test_what_is_no_text_is_not_read(pages: Pages, wire: WireServer, content_type: str) -> None:
    wire.route("GET", "/models", Reply(headers={"content-type": content_type}, body=BODY.encode()))
    with pytest.raises(AnswerError, match="no page of text"):
        await read(pages, wire)


@pytest.mark.parametrize("status", [401, 403, 404, 500])
async def test_a_refusal_is_an_error_in_words(pages: Pages, wire: WireServer, status: int) -> None:
    wire.route("GET", "/models", Reply(status))
    with pytest.raises(NetworkError):
        await read(pages, wire)


async def test_a_page_that_breaks_off_is_an_error_and_nothing_of_it_is_kept(
    pages: Pages, wire: WireServer, tmp_path: Path
) -> None:
    wire.route("GET", "/models", Reply(headers=HTML, body=BODY, cut_after=100))
    with pytest.raises(AnswerError, match="broke off"):
        await read(pages, wire)
    assert not (tmp_path / "cache" / "index.json").exists()


async def test_a_login_wall_is_an_error(pages: Pages, wire: WireServer) -> None:
    wire.route("GET", "/models", Reply(headers=HTML, body="<form><input type=password></form>" + BODY))
    with pytest.raises(AnswerError, match="sign-in"):
        await read(pages, wire)
