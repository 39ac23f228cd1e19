"""The redactor: no planted secret survives, and what is no secret stays readable."""

from __future__ import annotations

import json
import string
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.core.redact import HIDDEN, redacted, redacted_fields
from modelward.core.secret import Secret

KEY_CHARACTERS = string.ascii_letters + string.digits
PREFIXES = ["sk-", "sk-ant-api03-", "sk-proj-", "sk-or-v1-", "AIza", "gsk_", "xai-", "hf_", "nvapi-", "ghp_", "eyJ"]

bodies = st.text(KEY_CHARACTERS, min_size=20, max_size=60)
keys = st.builds(str.__add__, st.sampled_from(PREFIXES), bodies)
prose = st.text(max_size=40)
secrets = st.text(KEY_CHARACTERS + "!$%*+-./?^_~|", min_size=9, max_size=40).filter(lambda text: not text.isdigit())
HEADERS = ["Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "x-api-key", "api-key", "x-goog-api-key"]
FIELDS = ["API_KEY", "OPENAI_API_KEY", "apiKey", "password", "DB_PASSWORD", "client_secret", "accessToken", "a_token"]
names = st.sampled_from([*HEADERS, *FIELDS])


@given(prose, keys, prose)
def test_a_key_is_hidden_by_its_shape_wherever_it_stands(before: str, key: str, after: str) -> None:
    assert key not in redacted(f"{before} {key} {after}")
    assert key not in redacted(f"{before}'{key}'{after}")
    assert key not in redacted(f"https://host/path?x={key}&y=1")


@given(names, secrets, st.sampled_from(["{0}: {1}", "{0}={1}", "{0} = {1}", "{0}:{1}\nnext: line", "a=1;{0}={1}"]))
def test_a_value_is_hidden_by_the_name_before_it(name: str, secret: str, form: str) -> None:
    assert secret not in redacted(form.format(name, secret))


@given(names, st.text(min_size=9, max_size=40).filter(lambda text: text.strip(string.digits + ".") != ""))
def test_a_value_is_hidden_in_json_in_reprs_and_in_json_within_json(name: str, secret: str) -> None:
    document = json.dumps({"a": 1, name: secret, "b": [2]})
    inner = json.dumps(secret)[1:-1]
    assert inner not in redacted(document).replace(name, "")
    assert repr(secret)[1:-1] not in redacted(repr({name: secret})).replace(name, "")
    assert repr(secret)[1:-1] not in redacted(repr([(name, secret)])).replace(name, "")
    assert json.dumps(inner)[1:-1] not in redacted(json.dumps({"body": document})).replace(name, "")


@given(st.sampled_from(["postgresql", "https", "redis"]), secrets.filter(lambda text: not set("/?") & set(text)))
def test_a_password_inside_an_address_is_hidden(scheme: str, secret: str) -> None:
    told = redacted(f"cannot reach {scheme}://me:{secret}@host:5432/db, trying again")
    assert told == f"cannot reach {scheme}://me:{HIDDEN}@host:5432/db, trying again"


@given(secrets)
def test_a_bearer_token_is_hidden_without_any_name(secret: str) -> None:
    token = "".join(mark for mark in secret if mark not in "!$%*?^|:") + "abcdef"
    assert token not in redacted(f"sent Bearer {token} to the host")


@given(st.text())
def test_hiding_twice_hides_nothing_more(text: str) -> None:
    once = redacted(text)
    assert redacted(once) == once


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (
            "GET https://host/v1beta/models?key=abcdef123&pageSize=1000",
            "GET https://host/v1beta/models?key=***&pageSize=1000",
        ),
        ("Authorization: Basic dXNlcjpwYXNz", "Authorization: ***"),
        ("Cookie: a=b; session=c\nHost: x", "Cookie: ***\nHost: x"),
        ("postgresql://me:p@ss/word@host/db", "postgresql://me:***@host/db"),
        ("b'x-api-key', b'abc'", "b'x-api-key', b***"),
        ('{"api_key": "a\\"b", "model": "m"}', '{"api_key": ***, "model": "m"}'),
        ("refused sk-ant-api03-0123456789abcdef.", "refused sk-ant-***"),
    ],
)
def test_the_rest_of_a_line_stays_readable(text: str, hidden: str) -> None:
    assert redacted(text) == hidden


@pytest.mark.parametrize(
    "text",
    [
        "max_tokens=4096, tokens: 12, first token: 120 ms, per token = 0.25",
        "http://localhost:11434/api/tags answered me@example.org",
        "postgresql://me@host:5432/db",
        "risk-assessment-of-a-very-long-model-name and disk-cache-0123456789abcdef",
        "openai/gpt-4o-mini, keyboard: us, monkey=1, the key is missing, a cookie jar",
        "password",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize("piece", ["a-", "://a:", "password=", "'", "\\", '"token": "', "sk-", "api_", "Bearer "])
def test_hostile_text_is_read_in_one_go(piece: str) -> None:
    """A pattern that tries every way through such a text would outlast the suite's time limit."""
    text = piece * (300_000 // len(piece))
    told = redacted(text)
    assert told == text or HIDDEN in told


class TestFields:
    @given(keys, secrets)
    def test_secrets_are_hidden_however_deep_they_lie(self, key: str, secret: str) -> None:
        fields: dict[str, Any] = {
            "headers": {"x-api-key": secret, "accept": [f"text {key}", (key,), {key}]},
            "url": f"https://me:{quote(secret, safe='')}@host/",
            key: 1,
            "error": ValueError(f"wrong key {key}"),
            "body": f"Bearer {key}".encode(),
            "password": 12345678,
        }
        told = repr(redacted_fields(fields))
        assert key not in told
        assert [text for text in (secret, quote(secret, safe="")) if text in told] == []
        assert "12345678" not in told

    def test_figures_and_plain_words_stay_as_they_are(self) -> None:
        fields = {"count": 3, "ratio": 0.5, "is_local": True, "none": None, "names": ["a", "b"], "tokens": 7}
        assert redacted_fields(fields) == fields

    def test_a_circle_of_fields_ends(self) -> None:
        circle: dict[str, Any] = {"password": "secret1"}
        circle["self"] = circle
        assert "secret1" not in repr(redacted_fields(circle))


def test_a_secret_known_by_heart_is_hidden_whatever_its_shape() -> None:
    Secret("zebra-crossing-planted-key-7f3a")
    assert redacted("sent zebra-crossing-planted-key-7f3a to acme") == "sent *** to acme"


def test_a_word_too_short_to_be_a_secret_is_not_known_by_heart() -> None:
    Secret("planted")
    assert redacted("it was planted") == "it was planted"
