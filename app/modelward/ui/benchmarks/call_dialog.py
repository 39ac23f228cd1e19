"""One call: what was asked and answered, when which piece came, and what the answer was worth."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QTabWidget, QVBoxLayout, QWidget

from modelward.benchmarks.model import Exchange, Metric
from modelward.benchmarks.timing import chunk_gaps_ms, cold_load_ms, value_of
from modelward.catalog.fields import clip
from modelward.core import units
from modelward.ui.benchmarks import figures
from modelward.ui.benchmarks.call_columns import Call
from modelward.ui.benchmarks.scrolled import scrolled
from modelward.ui.benchmarks.wording import STATE_TONES, name_of, streams, tokens_text
from modelward.ui.kit.dialogs import Sheet
from modelward.ui.kit.elided import KeyValueRow
from modelward.ui.kit.theme import Theme, Tone

_SIZE = (720, 560)
_LONGEST = 200_000  # characters of a text that a field shows without a stutter
_GONE = "The words of this call are not kept any more."


class CallDialog(Sheet):
    """Reads only; everything can be copied."""

    def __init__(self, call: Call, exchange: Exchange | None, parent: QWidget | None) -> None:
        measured = call.measured
        told = f"{measured.kind.value}, {measured.state.value}, {streams(measured.concurrency)}"
        detail = f"\n{clip(measured.detail, 400)}" if measured.detail else ""
        tone = STATE_TONES[measured.state]
        super().__init__(
            parent, name_of(measured.model_id), told + detail, tone if tone is Tone.TROUBLE else Tone.ACCENT
        )
        theme = Theme.current()
        self.pages = QTabWidget(self)
        self.pages.setDocumentMode(True)
        answer = exchange.answer if exchange else ""
        texts = [("Question", exchange.prompt if exchange else _GONE), ("Answer", answer if exchange else _GONE)]
        if exchange and exchange.reasoning:
            texts.append(("Reasoning", exchange.reasoning))
        for title, text in texts:
            self.pages.addTab(_field(title, text, self), title)
        self.pages.addTab(_lines(_timing_lines(call), self), "Timing")
        self.pages.addTab(_lines(_grade_lines(call), self), "Grade")
        self.pages.setCurrentIndex(1 if exchange else len(texts))
        self.pages.setMinimumHeight(theme.scaled(260))
        self.column.addWidget(self.pages, 1)
        self.add_closing("\n\n".join(f"{title}\n{text}" for title, text in texts))
        self.resize(theme.scaled(_SIZE[0]), theme.scaled(_SIZE[1]))


def _field(title: str, text: str, parent: QWidget) -> QPlainTextEdit:
    field = QPlainTextEdit(parent)
    field.setReadOnly(True)
    field.setPlainText(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n…")
    field.setAccessibleName(title)
    field.setTabChangesFocus(True)
    return field


def _lines(lines: list[tuple[str, str]], parent: QWidget) -> QWidget:
    holder = QWidget(parent)
    column = QVBoxLayout(holder)
    for key, value in lines:
        column.addWidget(KeyValueRow(key, value, holder))
    column.addStretch(1)
    return scrolled(holder, parent)


def _timing_lines(call: Call) -> list[tuple[str, str]]:
    measured = call.measured
    shown = [
        (figure.title, figure.say(value))
        for metric, figure in figures.FIGURES.items()
        if metric not in (Metric.COST, Metric.QUALITY) and (value := value_of(measured, metric)) is not None
    ]
    gaps = chunk_gaps_ms(measured)
    if gaps:
        shown.append(("Longest gap between pieces", figures.seconds(max(gaps))))
        shown.append(("Pieces", f"{len(measured.timing.chunks):,}"))
    if (load := cold_load_ms(measured.server)) is not None:
        shown.append(("Loading the model", figures.seconds(load)))
    return [
        ("Measured", units.local_time(measured.at)),
        *shown,
        ("Tokens read and written", tokens_text(measured)),
        ("Cost", figures.cost(measured.cost)),
    ]


def _grade_lines(call: Call) -> list[tuple[str, str]]:
    grade = call.grade
    if grade is None:
        return [("Grade", "It was not graded.")]
    lines = [
        ("Grade", f"{figures.quality(grade.score)}, {'passed' if grade.passed else 'not passed'}"),
        ("Question", clip(grade.probe, 120)),
        ("Suite", clip(grade.suite, 120)),
        *((f"Reason {number}", clip(reason, 300)) for number, reason in enumerate(grade.reasons, 1)),
    ]
    return [*lines, ("Judged by", clip(grade.judge, 120))] if grade.judge else lines
