"""Digests: which texts are one, and that no text leads out of the blobs' folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelward.ollama import digests

HEX = "0123456789abcdef" * 4


@pytest.mark.parametrize("text", [f"sha256:{HEX}", f"sha256-{HEX}", f"sha256:{HEX.upper()}"])
def test_a_digest_is_read_with_either_mark_and_in_either_case(text: str) -> None:
    assert digests.parse(text) == f"sha256:{HEX}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        HEX,
        f"sha256:{HEX[:-1]}",
        f"sha256:{HEX}0",
        f"sha256:{HEX}\n",
        f"sha512:{HEX}",
        f"sha256:{HEX[:-1]}g",
        f"sha256:{HEX[:-1]}١",
        "sha256:../../../../etc/passwd",
        f"../sha256-{HEX}",
        None,
        7,
        ["sha256:" + HEX],
    ],
)
def test_what_is_no_digest_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        digests.parse(text)


@given(st.text())
def test_no_text_leads_out_of_the_folder_of_blobs(text: str) -> None:
    try:
        file = digests.blob_file(Path("/models"), text)
    except ValueError:
        return
    assert file.parent == Path("/models/blobs")


def test_the_file_of_a_blob_carries_a_dash(tmp_path: Path) -> None:
    assert digests.blob_file(tmp_path, f"sha256:{HEX}") == tmp_path / "blobs" / f"sha256-{HEX}"


def test_the_digest_of_bytes_is_their_sha256() -> None:
    assert digests.of(b"weights") == "sha256:" + hashlib.sha256(b"weights").hexdigest()
