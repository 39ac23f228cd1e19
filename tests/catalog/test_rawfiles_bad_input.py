"""Bad files: each gets a clear error that names the place, and a bad row costs the others nothing."""

from __future__ import annotations

import gc
import io
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelward.catalog import jsontext
from modelward.catalog.fields import clip, decode, encode
from modelward.catalog.jsontext import PIECE, read_json
from modelward.catalog.model import Field
from modelward.catalog.rawfiles import MAX_BYTES, RawFile, read_bytes, read_file
from modelward.catalog.rawfiles.recognise import LIST_FORMATS
from modelward.core.errors import InputError

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def read(content: bytes | str, name: str = "groq.json") -> RawFile:
    return read_bytes(content.encode() if isinstance(content, str) else content, name, NOW)


def outcome(content: bytes | str, name: str = "groq.json") -> RawFile | InputError:
    try:
        return read(content, name)
    except InputError as error:
        return error


def refused(content: bytes | str) -> str:
    with pytest.raises(InputError) as caught:
        read(content)
    assert "groq.json" in caught.value.what
    return str(caught.value)


def groq(*rows: object) -> str:
    return json.dumps({"data": [{"id": "good", "active": True, "context_window": 8192}, *rows]})


def test_an_empty_file_is_called_empty() -> None:
    assert "empty" in refused("")
    assert "empty" in refused(" \n\t ")


def test_a_truncated_file_is_said_to_be_cut_off_and_where() -> None:
    text = json.dumps({"data": [{"id": "one"}, {"id": "two"}]}, indent=1)
    for length in range(1, len(text)):
        assert re.search(r"Line \d+, column \d+: .*cut off", refused(text[:length])), text[:length]


def test_a_slip_is_named_by_line_and_column() -> None:
    assert "Line 2, column 11" in refused('{"data": [\n {"id": 1 "x"}]}')
    assert "after the end" in refused('{"data": []} {}')


def test_a_slip_beyond_the_first_piece_is_named_by_line_and_column_too() -> None:
    rows = "\n".join(json.dumps({"id": f"m{number:06}", "pad": "x" * 90}) + "," for number in range(9_000))
    message = refused('{"data": [\n' + rows + "\n{} x]}")
    assert "Line 9,002, column 4" in message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_every_unicode_encoding_is_read(encoding: str) -> None:
    raw = read(groq({"id": "zwölf-😀", "active": True}).encode(encoding))
    assert raw.ids == ("groq/good", "groq/zwölf-😀")


def test_another_encoding_is_refused_with_the_byte() -> None:
    message = refused('{"data": [{"id": "z\xf6"}]}'.encode("latin-1"))
    assert "Byte 19 is not UTF-8" in message


def test_a_broken_byte_far_into_the_file_is_named_by_its_offset() -> None:
    start = b'{"data": ["' + b"x" * 700_000
    assert "Byte 700,011 is not UTF-8" in refused(start + b'\xff"]}')


@pytest.mark.parametrize("opening", ["[", '{"a":'])
@pytest.mark.parametrize("depth", [2_000, 400_000])
def test_deep_nesting_is_refused(opening: str, depth: int) -> None:
    assert "nested too deeply" in refused(opening * depth)


def test_deep_nesting_over_several_pieces_is_refused_too() -> None:
    def spread(depth: int) -> str:
        return "[" * depth + " " * 3 * PIECE + "]" * depth

    assert "nested too deeply" in refused(spread(300))
    assert read_json(io.BytesIO(spread(90).encode())).value == json.loads(spread(90))


def test_a_deeply_nested_value_is_refused_wherever_it_stands() -> None:
    for depth in (50, 300, 600, 900):
        nested = "[" * depth + "]" * depth
        found = outcome(f'{{"data": [{{"id": "a", "active": true, "context_window": {nested}}}, {{"id": {nested}}}]}}')
        if isinstance(found, InputError):
            assert "nested too deeply" in str(found)
        else:
            assert found.ids == ("groq/a",)
            assert len(found.problems) == 2


@pytest.mark.parametrize(
    "document",
    [
        "3",
        '"text"',
        "null",
        "true",
        "[]",
        "{}",
        '{"data": {}}',
        '{"data": []}',
        '{"models": "x"}',
        "[1, 2]",
        '{"a": 1}',
    ],
)
def test_another_document_is_refused_in_words(document: str) -> None:
    assert re.search(r"no format that is known|no list of models", refused(document))


def test_a_file_that_is_too_large_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "big.json"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(InputError, match=r"big\.json.*too large.*256 MiB"):
        read_file(path, NOW)


def test_a_folder_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="It is no file"):
        read_file(tmp_path, NOW)
    with pytest.raises(InputError, match=r"gone\.json cannot be read"):
        read_file(tmp_path / "gone.json", NOW)


class _Counted(io.BytesIO):
    """A stream that remembers how much was asked of it at a time."""

    asked: list[int]

    def read(self, size: int | None = -1, /) -> bytes:
        self.asked.append(size or 0)
        return super().read(size)


@pytest.mark.parametrize("rows", ["[{}]", '{{"data": [{}]}}', '{{"data": {{"a": [{}]}}}}'])
def test_a_large_document_is_decoded_piece_by_piece_and_never_whole(rows: str) -> None:
    row = json.dumps({"id": "m", "nested": {"a": [1, 2.5, "x" * 500]}})
    stream = _Counted(rows.format(",".join([row] * 4_000)).encode())
    stream.asked = []
    assert read_json(stream).value is not None
    assert set(stream.asked) == {PIECE}
    assert len(stream.asked) > 8


def test_reading_a_large_file_leaves_the_garbage_collector_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "groq.json"
    path.write_text(groq({"id": "big", "description": "x" * 5_000_000}), encoding="utf-8")
    assert gc.isenabled()
    assert read_file(path, NOW).models == 2
    assert gc.isenabled()
    path.write_text("[" + "x" * 5_000_000, encoding="utf-8")
    with pytest.raises(InputError):
        read_file(path, NOW)
    assert gc.isenabled()


def test_a_text_longer_than_a_piece_is_read() -> None:
    raw = read(groq({"id": "long", "active": True, "context_window": 5, "description": "x" * 900_000}))
    assert raw.ids == ("groq/good", "groq/long")


def test_many_rows_across_pieces_are_all_read() -> None:
    rows = [{"id": f"m{number}", "active": True, "context_window": number} for number in range(1, 20_000)]
    raw = read(json.dumps({"data": rows}))
    assert [fact.value for fact in raw.facts] == list(range(1, 20_000))


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ('"8192"', 8192),
        ("8192.0", 8192),
        ("0", None),
        ("null", None),
        ("-5", None),
        ("NaN", None),
        ("Infinity", None),
        ("1e400", None),
        ("1" * 5000, None),
        ("8192.5", None),
        ('"many"', None),
        ("[8192]", None),
        ('{"a": 1}', None),
        ("true", None),
    ],
)
def test_a_number_is_read_or_refused_by_its_place(value: str, known: int | None) -> None:
    row = f'{{"id": "a", "active": true, "context_window": {value}}}'
    raw = read(f'{{"data": [{row}, {{"id": "b", "context_window": 7}}]}}')
    assert raw.ids == ("groq/a", "groq/b")
    windows = {fact.model_id: fact.value for fact in raw.facts if fact.field is Field.CONTEXT_WINDOW}
    assert windows == {"groq/b": 7} | ({"groq/a": known} if known else {})
    if known is None and value not in ("0", "null"):
        assert [problem.place for problem in raw.problems] == ["row 1 (a), context_window"]


@pytest.mark.parametrize(
    "name", ["a\x00b", "a\nb", "a\u202eb", "a\u200bb", "\ufeffa", "a\ud800", "", " a", "x" * 10_000, None, 5, ["a"], {}]
)
def test_a_name_that_cannot_stand_is_refused_by_its_row(name: object) -> None:
    raw = read(groq({"id": name, "context_window": 5}, {"id": "also-good", "context_window": 6}))
    assert raw.ids == ("groq/good", "groq/also-good")
    assert len(raw.problems) == 1
    assert raw.problems[0].place.startswith("row 2 ")
    assert raw.problems[0].place.isprintable()
    assert len(raw.problems[0].place) < 100


def test_markup_in_a_name_is_plain_text() -> None:
    assert read(groq({"id": "<b>bold</b>&amp;"})).ids == ("groq/good", "groq/<b>bold</b>&amp;")


def test_of_two_rows_of_one_id_the_first_counts_and_the_second_is_said() -> None:
    raw = read(groq({"id": "good", "context_window": 5}))
    assert [fact.value for fact in raw.facts] == [8192]
    assert raw.problems[0].place == "row 2 (good)"
    assert "first" in raw.problems[0].what


def test_of_two_keys_in_one_object_the_first_counts_and_the_second_is_said() -> None:
    first, second = (
        json.dumps({"litellm_provider": "openai", "mode": "chat", "max_input_tokens": most}) for most in (5, 6)
    )
    raw = read(f'{{"gpt-x": {first},\n "gpt-x": {second}}}')
    assert [fact.value for fact in raw.facts if fact.field is Field.MAX_INPUT_TOKENS] == [5]
    assert "'gpt-x' stands twice" in raw.problems[0].what


def test_rows_that_are_no_objects_cost_nothing_else() -> None:
    raw = read(groq(None, 3, "x", ["y"], {"id": "last", "context_window": 9}))
    assert raw.ids == ("groq/good", "groq/last")
    assert [problem.place for problem in raw.problems] == ["row 2", "row 3", "row 4", "row 5"]


def test_a_flood_of_bad_rows_keeps_only_so_many_problems_and_counts_the_rest() -> None:
    raw = read(groq(*([3] * 5_000)))
    assert len(raw.problems) == 1001
    assert "4,000 more" in raw.problems[-1].what


# ------------------------------------------------------------------ any JSON at all

KEYS = sorted(
    {
        *("data", "models", "id", "name", "key", "object", "owned_by", "created", "type", "error", "format", "version"),
        *("active", "context_window", "max_context_length", "context_length", "contextLength", "pricing", "prompt"),
        *("completion", "architecture", "top_provider", "capabilities", "limits", "providers", "status", "provider"),
        *("supportedGenerationMethods", "inputTokenLimit", "endpoints", "features", "digest", "details", "model_info"),
        *("prompt_text_token_price", "rate_limit_tier", "compatibility_type", "quantization", "loaded_instances"),
        *(
            "litellm_provider",
            "mode",
            "input_cost_per_token",
            "limit",
            "cost",
            "modalities",
            "input",
            "output",
            "tiers",
        ),
        *("display_name", "created_at", "meta", "max_model_len", "organization", "hourly", "products", "overrides"),
        *("experimental", "modes", "last_updated", "deprecationDate", "facts", "field", "value", "source", "config"),
    }
)
WORDS = [
    "model",
    "mistralai",
    "openai",
    "vllm",
    "llamacpp",
    "models/x",
    "accounts/x",
    "chat",
    "llm",
    "modelward-catalog",
]
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(WORDS)
    | st.text(max_size=20)
    | st.sampled_from(["0.000001", "-1", "1e400", "NaN", "8.0B", "2026-01-01T00:00:00Z"])
)
ANY = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=8,
)
ROW: st.SearchStrategy[dict[str, Any]] = st.dictionaries(st.sampled_from(KEYS), ANY, max_size=7)
DOCUMENTS = (
    ANY
    | st.builds(lambda rows: {"data": rows}, st.lists(ROW, max_size=5))
    | st.builds(lambda rows: {"models": rows}, st.lists(ROW, max_size=5))
    | st.lists(ROW, max_size=5)
    | st.builds(lambda rows: {"acme": {"models": rows}}, st.dictionaries(st.text(max_size=5), ROW, max_size=4))
    | st.dictionaries(st.text(max_size=5), ROW.map(lambda row: row | {"litellm_provider": "x"}), max_size=4)
    | ROW.map(lambda row: row | {"model_info": {}, "details": {}})
    | st.builds(
        lambda rows: {"format": "modelward-catalog", "version": 1, "models": rows},
        st.lists(ROW.map(lambda row: row | {"id": "a/b"}), max_size=4),
    )
)


@settings(max_examples=250, deadline=None)
@given(DOCUMENTS)
def test_no_document_raises_anything_but_an_input_error(document: object) -> None:
    found = outcome(json.dumps(document), "groq-models.json")
    if isinstance(found, InputError):
        assert found.what.startswith("groq-models.json")
    else:
        assert {fact.model_id for fact in found.facts} <= set(found.ids)
        assert all(problem.place == clip(problem.place, 300) for problem in found.problems)
        assert all(decode(fact.field, encode(fact.field, fact.value)) == fact.value for fact in found.facts)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=100).map(str.encode))
def test_no_bytes_raise_anything_but_an_input_error(content: bytes) -> None:
    found = outcome(content)
    assert isinstance(found, InputError) or json.loads(content) is not None


@settings(max_examples=100, deadline=None)
@given(ANY, st.integers(1, 40), st.sampled_from(["utf-8", "utf-16"]))
def test_a_document_is_the_same_however_it_falls_into_pieces(document: object, piece: int, encoding: str) -> None:
    text = json.dumps(document, ensure_ascii=True, indent=1)
    whole = jsontext.PIECE
    jsontext.PIECE = piece + 3
    try:
        found = jsontext.read_json(io.BytesIO(text.encode(encoding))).value
    finally:
        jsontext.PIECE = whole
    assert json.dumps(found, sort_keys=True) == json.dumps(json.loads(text), sort_keys=True)


@settings(max_examples=200, deadline=None)
@given(st.lists(ANY, max_size=6), st.integers(0, 6))
def test_a_good_row_survives_bad_neighbours(neighbours: list[object], at: int) -> None:
    good = {"id": "the-good-one", "active": True, "context_window": 8192}
    neighbours = [row for row in neighbours if not (isinstance(row, dict) and row.get("id") == "the-good-one")]
    marked = [row | {"active": True, "context_window": 1} if isinstance(row, dict) else row for row in neighbours]
    for row in marked:
        if isinstance(row, dict):
            for other in KEYS:
                if other not in ("id", "active", "context_window"):
                    row.pop(other, None)
    raw = read(json.dumps({"data": [*marked[:at], good, *marked[at:]]}))
    assert ("groq/the-good-one", 8192) in [(fact.model_id, fact.value) for fact in raw.facts]


def test_every_format_names_itself_and_its_origin() -> None:
    assert len({(known.title, known.container, known.read) for known in LIST_FORMATS}) == len(LIST_FORMATS)
