"""The parts of the tab by themselves: alerts, layers, the strip of looks, what runs, the card of a model."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

from harness.catalog_tab import Eventually
from harness.ollama_words import GIB, NOW, alert, check, digest, look, named, overview, standing, version
from modelward.core.jobs import Jobs
from modelward.core.progress import Progress
from modelward.ollama.model import (
    AlertKind,
    BlobCheck,
    BlobState,
    ConfigFacts,
    CopyMeans,
    Layer,
    LayerCheck,
    LayerKind,
    ModelName,
    Sample,
    Verdict,
)
from modelward.ui.kit.slots import cancel_spawned
from modelward.ui.kit.tag import Tag
from modelward.ui.kit.theme import Mode, Theme
from modelward.ui.ollama.alerts import AlertsPanel
from modelward.ui.ollama.answers import Answers, thinned
from modelward.ui.ollama.details import DetailsCard
from modelward.ui.ollama.following import Following
from modelward.ui.ollama.layers_list import MOST, LayersList
from modelward.ui.ollama.rows import Row, rows_of
from modelward.ui.ollama.up_strip import STRETCHES, UpStrip, stretch_text, stretches
from modelward.ui.ollama.versions_list import VersionsList

LEFT = Qt.MouseButton.LeftButton
DAY = timedelta(days=1)


@pytest.fixture
def ground(qapp: QApplication) -> Iterator[QWidget]:
    """A window to put a part into."""
    Theme.install(qapp, Mode.LIGHT)
    made = QWidget()
    made.resize(420, 600)
    made.show()
    yield made
    made.close()
    made.deleteLater()


def said(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget) and label.text()]


def row(*args: object, **others: object) -> Row:
    (made,) = rows_of(overview(standing(*args, **others)))  # type: ignore[arg-type]
    return made


# ------------------------------------------------------------ alerts


def test_two_alerts_are_told_the_rest_is_counted_and_all_are_shown_when_asked_for(ground: QWidget) -> None:
    panel = AlertsPanel(ground)
    panel.show_alerts((), NOW)
    assert panel.isHidden()
    many = [alert(AlertKind.CHECKSUM, f"m:{number}", number, minutes_ago=number) for number in range(1, 6)]
    panel.show_alerts(many, NOW)
    assert [bar.isHidden() for bar in panel.bars] == [False, False]
    assert "3 more alerts: checksum failure." in said(panel)
    QTest.mouseClick(next(each for each in panel.more.findChildren(QPushButton) if each.text() == "Show all"), LEFT)
    assert [bar.isHidden() for bar in panel.bars] == [False] * 5
    panel.show_alerts(many[:1], NOW)
    assert [bar.isHidden() for bar in panel.bars] == [False, True, True, True, True]
    assert panel.more.isHidden()


def test_each_kind_of_alert_offers_something_and_says_which_alert_it_was(ground: QWidget) -> None:
    panel = AlertsPanel(ground)
    asked: list[object] = []
    panel.action_requested.connect(asked.append)
    for kind in AlertKind:
        one = alert(kind, "a:1")
        panel.show_alerts([one], NOW)
        button = next(each for each in panel.bars[0].findChildren(QPushButton) if each.text() != "Copy details")
        assert button.text()
        QTest.mouseClick(button, LEFT)
        assert asked[-1] == one


# ------------------------------------------------------------ layers


def layer(number: int, state: BlobState = BlobState.INTACT) -> LayerCheck:
    made = Layer(LayerKind.TENSOR, "t", digest(str(number)), GIB, name=f"model.layers.{number}.<b>weight</b>")
    return LayerCheck(made, BlobCheck(made.digest, state, GIB))


def test_of_many_layers_the_bad_ones_come_first_and_the_rest_is_summed_up(ground: QWidget) -> None:
    shown = LayersList(lambda _layer: "", ground)
    layers = [layer(number) for number in range(300)] + [layer(300, BlobState.DAMAGED)]
    shown.show_layers(layers, NOW)
    assert "damaged" in said(shown)
    assert f"and {301 - MOST:,} more, {301 - MOST} GiB, all intact" in said(shown)
    assert "model.layers.300.<b>weight</b>" in said(shown)
    shown.show_layers(layers[:2], NOW)
    assert len([tag for tag in shown.findChildren(Tag) if tag.isVisibleTo(shown)]) == 2
    assert shown.rest.isHidden()


def test_a_blob_that_is_read_now_says_so_and_its_state_again_afterwards(ground: QWidget) -> None:
    work = {digest("1"): "verifying"}
    shown = LayersList(lambda each: work.get(each.digest, ""), ground)
    shown.show_layers([layer(1), layer(2)], NOW)
    assert [tag.text() for tag in shown.findChildren(Tag)] == ["verifying", "intact"]
    work.clear()
    shown.show_work()
    assert [tag.text() for tag in shown.findChildren(Tag)] == ["intact", "intact"]


# ------------------------------------------------------------ looks


def test_looks_fall_into_stretches_of_one_length_and_one_unanswered_look_marks_its_own() -> None:
    looks = [Sample(NOW - DAY + DAY / 96 * number, "m", ok=number != 10, latency_ms=9) for number in range(97)]
    found = stretches(looks, NOW - DAY, NOW)
    assert len(found) == STRETCHES
    assert sum(stretch.looks for stretch in found) == 97
    assert [number for number, stretch in enumerate(found) if stretch.answered < stretch.looks] == [5]
    assert stretch_text(found[5], DAY / STRETCHES).endswith("answered 1 of 2 looks")
    assert stretch_text(stretches([], NOW - DAY, NOW)[0], DAY / STRETCHES).endswith("not looked at")


def test_the_strip_is_read_out_as_a_sentence(ground: QWidget) -> None:
    strip = UpStrip(ground)
    strip.show_samples([Sample(NOW, "m", ok=True), Sample(NOW, "m", ok=False)], NOW - DAY, NOW)
    assert strip.accessibleName() == "Answered 1 of 2 looks"


def test_of_many_answers_the_slowest_of_each_stretch_is_drawn() -> None:
    samples = [Sample(NOW + timedelta(seconds=n), "m", ok=True, latency_ms=n % 7) for n in range(4000)]
    drawn = thinned(samples)
    assert len(drawn) <= 401
    assert all(sample.latency_ms == 6 for sample in drawn[:100])
    assert thinned(samples[:10]) == samples[:10]


async def test_answer_times_are_drawn_and_another_span_is_asked_for_by_a_click(
    ground: QWidget, eventually: Eventually
) -> None:
    answers = Answers(ground)
    answers.show()
    samples = [Sample(NOW - timedelta(hours=n), "m", ok=n != 3, latency_ms=40.0 + n) for n in range(9, 0, -1)]
    answers.show_samples(samples, NOW)
    await eventually(lambda: answers.plot is not None and answers.plot.isVisible())
    assert answers.plot is not None
    assert len(answers.plot.points) == 8
    assert answers.words.text() == "41 ms last · 88.9 % up"
    asked: list[timedelta] = []
    answers.span_chosen.connect(lambda: asked.append(answers.span))
    week = answers.spans.button(1)
    assert week is not None
    QTest.mouseClick(week, LEFT)
    assert asked == [timedelta(days=7)]
    assert answers.title.text() == "Answer time, 7 days"
    answers.show_samples((), NOW)
    assert not answers.plot.isVisible()
    assert answers.words.text() == "It was not looked at in this time."
    await cancel_spawned()


# ------------------------------------------------------------ the card of a model


async def test_a_model_of_the_cloud_has_nothing_to_guard(ground: QWidget) -> None:
    card = DetailsCard(lambda _layer: "", ground)
    stub = replace(row("x:cloud", Verdict.REMOTE), versions=())
    config = ConfigFacts(remote_host="https://ollama.com:443", capabilities=("completion", "tools"))
    assert stub.check is not None
    model = replace(stub.check.model, config=config)
    card.show_row(replace(stub, check=replace(stub.check, model=model)), look(), NOW)
    assert card.facts.text() == "Served by https://ollama.com:443"
    assert card.buttons.isHidden()
    assert card.export.isHidden()
    assert card.versions.isHidden()
    assert {"completion", "tools"} <= set(said(card.tags))
    await cancel_spawned()


async def test_hostile_names_and_details_are_shown_as_they_are(ground: QWidget) -> None:
    card = DetailsCard(lambda _layer: "", ground)
    evil = ModelName("evil.example", "<img src=x>", "<b>m</b>" * 40, "1")
    made = row("a:1", Verdict.DAMAGED, detail="<script>alert(1)</script>")
    card.show_row(replace(made, name=evil), None, NOW)
    assert card.name.text().startswith("evil.example/<img src=x>/<b>m</b>")
    assert any("<script>alert(1)</script>" in text for text in said(card.trouble))
    labels = card.findChildren(QLabel)
    assert all(label.textFormat() is Qt.TextFormat.PlainText for label in labels if label.text())
    assert card.minimumSizeHint().width() < 420
    await cancel_spawned()


# ------------------------------------------------------------ what runs


async def test_the_eldest_job_on_local_models_is_followed_with_its_model_and_its_blob(
    ground: QWidget, eventually: Eventually
) -> None:
    jobs = Jobs()
    following = Following(jobs, lambda name: name.startswith("ollama"), ground)
    may_end = asyncio.Event()
    one, other = row("a:1"), row("b:1")
    weights = check("a:1").layers[1].layer
    digits = weights.digest.removeprefix("sha256:")[:12]

    async def work(progress: Progress) -> None:
        progress.update(done=GIB, total=2 * GIB, unit="bytes", text=f"Hashing {digits} of a:1 (1 left)")
        await may_end.wait()

    following.expect("ollama verify all", "verifying", None, can_pause=True)
    following.expect("ollama verify a:1", "verifying", [named("a:1")])
    assert (following.title, following.figures, following.on_row(one)) == ("", "", "")
    jobs.start("backup", "Backup", work)
    job = jobs.start("ollama verify all", "Verifying all", work)
    await eventually(lambda: following.figures.startswith("1.0 of 2.0 GiB"))
    assert following.title == f"Verifying all · Hashing {digits} of a:1 (1 left)"
    assert following.can_pause
    assert (following.on_row(one), following.on_row(other)) == ("verifying", "")
    assert following.on_layer(weights) == "verifying"
    assert following.on_layer(check("b:1").layers[1].layer) == ""
    second = jobs.start("ollama verify a:1", "Verifying a:1", work)
    job.cancel()
    await job.ended()
    await eventually(lambda: following.job is second and following.on_row(one) == "verifying 50 %")
    assert not following.can_pause
    may_end.set()
    await second.ended()
    assert following.job is None
    following.stop()
    await jobs.stop()


def test_versions_that_share_blocks_with_the_disk_say_so(ground: QWidget) -> None:
    shown = VersionsList(ground)
    kept = replace(version("a:1", "x"), means=CopyMeans.REFLINK)
    shown.show_versions([kept], kept.manifest.digest, NOW)
    told = said(shown)
    assert any("same blocks" in text for text in told)
    assert "current" in told
    shown.show_versions([version("a:1", str(number), days_ago=number) for number in range(11)], "", NOW)
    assert "and 3 more" in said(shown)
