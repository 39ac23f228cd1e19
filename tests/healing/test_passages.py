"""What of a page a model is shown."""

from __future__ import annotations

from harness.documentation import here, page
from modelward.healing.passages import LONGEST, passages


def said(*parts: str, name: str = "acme-large") -> str:
    lines = page(*parts)
    return passages(lines, here(lines, name))


def test_only_lines_that_name_the_model_or_its_family_are_shown_under_their_heading() -> None:
    found = said(
        "# Models",
        "acme-large is large.",
        "acme-large-mini is small.",
        "Nothing is said here.",
        "## Limits",
        "All Acme models are limited.",
        "Acme Large is limited, too.",
    )
    assert found.splitlines() == [
        "[Models]",
        "acme-large is large.",
        "[Models › Limits]",
        "All Acme models are limited.",
        "Acme Large is limited, too.",
    ]


def test_a_page_that_does_not_name_the_model_has_no_passages() -> None:
    assert said("# acme-2", "acme-2 is another one.") == ""


def test_the_passages_are_bounded() -> None:
    found = said(*[f"acme-large is good for use number {number}." for number in range(1_000)])
    assert 0 < len(found) <= LONGEST


def test_a_line_without_end_is_left_out() -> None:
    assert said("acme-large " + "and so on " * 1_000) == ""
