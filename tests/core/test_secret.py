"""Secrets show themselves to nobody, and are known by heart from then on."""

from __future__ import annotations

import html
import json
import logging
import threading
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.core.log import FILE_NAME, Log
from modelward.core.redact import HIDDEN, redacted
from modelward.core.secret import Secret

TEXT = "planted-key-7f3a"
ODD = 'a"b<c>&d/e+f planted-key-7f3a\\'


def test_a_secret_appears_in_no_way_of_writing_it() -> None:
    secret = Secret(TEXT)
    told = [repr(secret), str(secret), f"{secret}", "%s %r" % (secret, secret), json.dumps([secret], default=str)]  # noqa: UP031
    assert [text for text in told if TEXT in text] == []
    assert secret.reveal() == TEXT


def test_secrets_are_equal_by_their_text_alone() -> None:
    assert Secret(TEXT) == Secret(TEXT)
    assert Secret(TEXT) != Secret(TEXT + "x")
    assert Secret(TEXT) != TEXT
    assert len({Secret(TEXT), Secret(TEXT)}) == 1


def test_a_secret_is_hidden_whatever_its_shape_and_wherever_it_stands() -> None:
    Secret(TEXT)
    assert redacted(f"refused: {TEXT}, sorry") == f"refused: {HIDDEN}, sorry"
    assert redacted(f"x{TEXT}y") == f"x{HIDDEN}y"


@pytest.mark.parametrize(
    "write", [quote, lambda text: quote(text, safe=""), html.escape, lambda t: json.dumps(t)[1:-1]]
)
def test_a_secret_is_hidden_as_addresses_pages_and_json_write_it(write: object) -> None:
    assert callable(write)
    Secret(ODD)
    assert TEXT not in redacted(f"echo: {write(ODD)}.")


def test_a_secret_that_begins_another_leaves_nothing_of_it() -> None:
    Secret(TEXT)
    Secret(TEXT + "-and-its-end")
    assert redacted(f"({TEXT}-and-its-end)") == f"({HIDDEN})"


def test_short_texts_stay_readable() -> None:
    Secret("abc")
    assert redacted("an abc of models") == "an abc of models"


@given(st.text(min_size=8, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_no_secret_survives_the_redactor(secret: str, before: str, after: str) -> None:
    Secret(secret)
    assert secret not in redacted(before + secret + after).replace(HIDDEN, "")


def test_secrets_can_be_made_while_others_are_hidden() -> None:
    ended = threading.Event()

    def hide() -> None:
        while not ended.is_set():
            redacted(TEXT)

    hider = threading.Thread(target=hide)
    hider.start()
    for number in range(500):
        Secret(f"{TEXT}-{number}")
    ended.set()
    hider.join()


def test_a_secret_reaches_no_log(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = "hidden wherever it is said"  # the planted text would be found in what pytest itself keeps of the log
    folder = home / "logs"
    log = Log()
    log.configure("DEBUG", folder)
    try:
        logging.getLogger("modelward.test").warning("asked with %s: %s", Secret(text), f"the body says {text}")
        try:
            raise ValueError(f"bad {text}")
        except ValueError:
            logging.getLogger("modelward.test").exception("failed")
    finally:
        log.stop()
    written = (folder / FILE_NAME).read_text("utf-8")
    assert "the body says" in written
    assert text not in written + capsys.readouterr().err
