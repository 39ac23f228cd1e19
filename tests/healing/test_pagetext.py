"""Web pages, Markdown and JSON as lines: what is seen of them, tables with merged cells, and hostile ones in bounds."""

from __future__ import annotations

import pytest

from modelward.core.errors import AnswerError
from modelward.healing.lines import MOST_CELLS, Line, LineKind
from modelward.healing.pagereading import decoded, lines_of_page
from modelward.healing.pagetext import lines_of_html
from modelward.healing.plaintext import lines_of_json, lines_of_markdown

FILLER = "<p>" + "Plain words about models. " * 20 + "</p>"


def texts(html: str) -> list[str]:
    return [line.text for line in lines_of_html(html)]


def rows(html: str) -> list[str]:
    return [line.text for line in lines_of_html(html) if line.kind is LineKind.ROW]


def test_headings_items_and_inline_marks_become_lines_under_their_headings() -> None:
    found = lines_of_html("<h1>Models</h1><h2>Large</h2><p>Our <b>best</b> <code>one</code>.</p><ul><li>a<li>b</ul>")
    assert [(line.text, line.heading) for line in found] == [
        ("Models", ""),
        ("Large", "Models"),
        ("Our best one.", "Models › Large"),
        ("a", "Models › Large"),
        ("b", "Models › Large"),
    ]


@pytest.mark.parametrize(
    "unseen",
    [
        "<script>secret</script>",
        "<style>secret</style>",
        "<!-- secret -->",
        "<p hidden>secret</p>",
        '<p aria-hidden="true">secret</p>',
        '<p style="DISPLAY : none">secret</p>',
        '<p style="font-size:0">secret</p>',
        "<template>secret</template>",
        "<noscript>secret</noscript>",
        "<nav>secret</nav>",
        "<s>secret</s>",
        "<table hidden><tr><td>secret</td></tr></table>",
        "<table><tbody hidden><tr><td>secret</td></tr></tbody></table>",
        "<table><tr><td>a<span hidden>secret</span></td></tr></table>",
    ],
)
def test_what_nobody_sees_is_dropped(unseen: str) -> None:
    assert "secret" not in "".join(texts(f"<p>before</p>{unseen}<p>after</p>"))


def test_characters_that_nobody_sees_are_dropped() -> None:
    assert texts("<p>ac\u200bme&shy;-\u202elarge</p>") == ["acme-large"]


def test_the_main_part_is_read_where_there_is_one() -> None:
    assert texts(f"<div>menu</div><main>{FILLER}</main>")[0].startswith("Plain words")
    assert texts("<div>all</div><main>too short</main>") == ["all", "too short"]


def test_a_row_names_the_header_of_each_cell() -> None:
    html = "<table><tr><th>Model<th>Context</tr><tr><td>one<td>128k</tr><tr><td>two<td>64k</tr></table>"
    assert rows(html) == ["Model: one; Context: 128k", "Model: two; Context: 64k"]


def test_merged_cells_stand_wherever_they_reach() -> None:
    html = """<table><thead><tr><th rowspan=2>Model<th colspan=2>Price</tr><tr><th>Input<th>Output</tr></thead>
    <tr><td>one<td>1<td>2</tr><tr><td rowspan=2>two<td colspan=2>5</tr><tr><td>6<td>7</tr></table>"""
    assert rows(html) == [
        "Model: one; Price Input: 1; Price Output: 2",
        "Model: two; Price Input: 5; Price Output: 5",
        "Model: two; Price Input: 6; Price Output: 7",
    ]


def test_a_cell_all_over_is_a_heading_of_what_follows() -> None:
    head = "<h2>Prices</h2><table><tr><th>M<th>P</tr>"
    html = f"{head}<tr><td>a<td>1</tr><tr><td colspan=2>Batch</tr><tr><td>a<td>2</tr></table>"
    assert [line.heading for line in lines_of_html(html)[1:]] == ["Prices", "Prices › Batch"]


def test_a_row_that_is_hidden_does_not_shift_the_others() -> None:
    html = "<table><tr><th>M<th>C</tr><tr hidden><td>x<td>9</tr><tr><td>a<td style='display:none'>9<td>1</tr></table>"
    assert rows(html) == ["M: a; 1"]


def test_a_table_in_a_table_is_read_by_itself() -> None:
    html = "<table><tr><td>layout<table><tr><th>M<th>C</tr><tr><td>a<td>1</tr></table></td></tr></table>"
    assert rows(html) == ["M: a; C: 1"]


@pytest.mark.parametrize("span", ["-1", "x", "99999999999", "", "０"])
def test_a_span_that_is_none_is_one(span: str) -> None:
    assert rows(f"<table><tr><th>M<th>C</tr><tr><td colspan='{span}'>a<td>1</tr></table>") == ["M: a; C: 1"]


def test_a_hundred_thousand_cells_and_spans_without_end_stay_within_bounds() -> None:
    hostile = "<table>" + "<tr><td colspan=1000 rowspan=99999>x" * 3_000 + "</table>"
    assert sum(len(line.cells) for line in lines_of_html(hostile)) <= MOST_CELLS
    honest = "<table><tr><th>M<th>C</tr>" + "<tr><td>a<td>1</tr>" * 40_000 + "</table>"
    assert len(rows(honest)) == 40_000


@pytest.mark.parametrize(
    "html", ["", "<", "<table>", "<table><tr>", "\x00\x01", "<td>x", "</p>" * 100, "<table><caption>"]
)
def test_broken_pages_are_read_as_far_as_they_go(html: str) -> None:
    assert isinstance(lines_of_html(html), list)


def test_a_page_is_taken_apart_in_a_process_of_its_own_with_the_same_lines() -> None:
    html = f"<h1>Größe</h1>{FILLER}<table><tr><th>M<th>C</tr><tr><td>a<td>1</tr></table>"
    assert list(lines_of_page(html.encode(), "text/html; charset=utf-8", "Acme")) == lines_of_html(html)


def test_a_page_that_would_keep_the_parser_busy_for_minutes_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("modelward.healing.pagereading.LONGEST_SECONDS", 1.0)
    with pytest.raises(AnswerError, match="cannot be read"):
        lines_of_page(b"<div>" * 300_000, "text/html", "Acme")


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("<form><input type='password'></form>" + FILLER, "sign-in"),
        ("<p>Just a moment... checking your browser</p>", "captcha"),
        (f"<h1>Are you human?</h1><p>{'Solve the puzzle. ' * 30}</p>", "captcha"),
        ("<div id=app></div><script>render()</script>", "next to no text"),
        ("", "next to no text"),
    ],
)
def test_walls_are_recognised(page: str, words: str) -> None:
    with pytest.raises(AnswerError, match=words):
        lines_of_page(page.encode(), "text/html", "Acme")


@pytest.mark.parametrize(
    ("content", "content_type", "text"),
    [
        ("é".encode(), "text/html", "é"),
        ("é".encode("latin-1"), "text/html; charset=ISO-8859-1", "é"),
        ("€".encode("cp1252"), "text/html; charset=latin1", "€"),
        (b"<meta charset='windows-1252'>" + "é".encode("cp1252"), "text/html", "<meta charset='windows-1252'>é"),
        ("日".encode("shift_jis"), "text/html; charset=Shift_JIS", "日"),
        (b"\xff\xfe" + "é".encode("utf-16-le"), "text/html; charset=utf-8", "é"),
        (b"\xef\xbb\xbf" + "é".encode(), "text/html; charset=latin1", "é"),
        (b"a\xff", "text/html; charset=utf-8", "a\N{REPLACEMENT CHARACTER}"),
        (b"\\u0041", "text/html; charset=unicode_escape", "\\u0041"),
        (b"a", "text/html; charset=nonsense", "a"),
    ],
)
def test_a_page_is_decoded_by_what_it_says_of_itself(content: bytes, content_type: str, text: str) -> None:
    assert decoded(content, content_type) == text


def test_markdown_has_headings_items_and_tables() -> None:
    table = "| M | C |\n|:--|--:|\n| `a` | 1 \\| 2 |\n"
    text = f"# Models\n\nThe **best**\none.\n- [first](https://x.example)\n- second\n\n{table}"
    assert lines_of_markdown(text) == [
        Line(LineKind.HEADING, "Models"),
        Line(LineKind.TEXT, "The best one.", "Models"),
        Line(LineKind.TEXT, "first", "Models"),
        Line(LineKind.TEXT, "second", "Models"),
        Line(LineKind.ROW, "M: a; C: 1 | 2", "Models", (("M", "a"), ("C", "1 | 2"))),
    ]


def test_the_objects_of_json_are_rows() -> None:
    found = lines_of_json('{"data": [{"id": "a", "context": 128000, "price": {"input": 1.50}}, {"id": "b"}]}')
    assert [line.text for line in found] == ["id: a; context: 128000", "input: 1.50", "id: b"]


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, "nothing"])
def test_json_that_is_none_is_told(text: str) -> None:
    with pytest.raises(AnswerError, match="cannot be read"):
        lines_of_page(text.encode(), "application/json", "Acme")
