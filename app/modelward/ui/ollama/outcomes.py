"""What came of verifying, copying and bringing back, in words: what, why, and how it bears on the person."""

from __future__ import annotations

from collections.abc import Sequence

from modelward.catalog.fields import clip
from modelward.ollama.model import (
    BackupReport,
    RepairMeans,
    RepairReport,
    RepairState,
    VaultReport,
    Verdict,
    VerifyReport,
)
from modelward.ui.kit.tokens import Tone
from modelward.ui.ollama.figures import size_text
from modelward.ui.ollama.wording import models_text

_MEANS = {
    RepairMeans.VAULT: "the vault",
    RepairMeans.SHARED: "another model",
    RepairMeans.DOWNLOAD: "a download",
}
_WORSE = [Tone.WELL, Tone.ATTENTION, Tone.TROUBLE]


def verified(report: VerifyReport) -> tuple[str, str, Tone]:
    """What came of a verification: what, why, and how it bears on the person."""
    checked = [check for check in report.checks if check.verdict is not Verdict.REMOTE]
    why = []
    if report.hashed_bytes:
        pace = f", {size_text(round(report.hashed_bytes / report.seconds))}/s" if report.seconds > 0 else ""
        why.append(f"{size_text(report.hashed_bytes)} were hashed{pace}.")
    if report.bad:
        told = ", ".join(f"{clip(check.model.name, 120)} ({check.verdict.value})" for check in report.bad[:8])
        rest = f" and {len(report.bad) - 8:,} more" if len(report.bad) > 8 else ""
        what = f"{len(report.bad):,} of {models_text(len(checked))} cannot be relied on."
        return what, f"{told}{rest}.", Tone.TROUBLE
    left = sum(check.verdict is Verdict.UNPROVEN for check in checked)
    if left:
        are = "is" if left == 1 else "are"
        return f"Nothing is wrong; {models_text(left)} {are} not proven yet.", " ".join(why), Tone.ATTENTION
    if not checked:
        return "There was nothing to verify.", "", Tone.NEUTRAL
    what = "The model is intact" if len(checked) == 1 else f"All {len(checked):,} models are intact"
    return f"{what}: every blob equals its name.", " ".join(why), Tone.WELL


def backed_up(report: BackupReport) -> tuple[str, str, Tone]:
    """What came of copying into the vault."""
    refused = [f"{clip(name, 120)}: {clip(why, 300)}" for name, why in report.refused.items()]
    if report.made:
        was = "was" if len(report.made) == 1 else "were"
        what = f"{models_text(len(report.made))} {was} copied into the vault, {size_text(report.copied_bytes)} new."
    elif report.covered:
        what = "The vault has it all already: nothing was copied."
    else:
        what = "Nothing was copied."
    if not refused:
        return what, "", Tone.WELL
    rest = [f"and {len(refused) - 5:,} more"] if len(refused) > 5 else []
    return what, "\n".join([*refused[:5], *rest]), Tone.ATTENTION


def copies_proven(report: VaultReport) -> tuple[str, str, Tone]:
    """What came of proving the copies in the vault."""
    if report.lacking:
        told = [f"{clip(version.name, 120)} ({version.id})" for version in report.lacking]
        rest = [f"and {len(told) - 5:,} more"] if len(told) > 5 else []
        versions = "One version" if len(told) == 1 else f"{len(told):,} versions"
        return f"{versions} in the vault cannot be brought back whole.", "\n".join([*told[:5], *rest]), Tone.TROUBLE
    if report.renewed:
        why = "They were copied anew from the models, which have them whole."
        return f"{len(report.renewed):,} copies were damaged or lost, and are whole again.", why, Tone.ATTENTION
    if not report.proven:
        return "The vault has no copies to prove.", "", Tone.NEUTRAL
    return "All copies in the vault are whole.", f"{report.proven:,} were hashed; each equals its name.", Tone.WELL


def repaired(report: RepairReport) -> tuple[str, str, Tone]:
    """What came of repairing, restoring or fetching one model."""
    name = clip(report.name, 120)
    detail = clip_lines(report.detail)
    match report.state:
        case RepairState.NOTHING:
            return f"{name}: there was nothing to repair.", detail, Tone.WELL
        case RepairState.REPAIRED:
            return f"{name} is whole again{_means(report)}.", detail, Tone.WELL
        case RepairState.RESTART:
            what = f"{name} is whole again{_means(report)}. Restart Ollama to use it."
            return what, detail or "The server answers from what it remembers.", Tone.ATTENTION
        case RepairState.BY_HAND:
            return f"{name} is to be repaired by hand.", detail, Tone.ATTENTION
    return f"{name} could not be repaired; it is as it was.", detail, Tone.TROUBLE


def several_repaired(reports: Sequence[RepairReport]) -> tuple[str, str, Tone]:
    """What came of repairing several models."""
    done = [report for report in reports if report.state is not RepairState.NOTHING]
    if not done:
        return "Nothing had to be repaired.", "", Tone.WELL
    if len(done) == 1:
        return repaired(done[0])
    told = [repaired(report) for report in done]
    worst = max((tone for _what, _why, tone in told), key=_WORSE.index)
    return f"{models_text(len(done))} needed repair.", "\n".join(what for what, _why, _tone in told[:8]), worst


def clip_lines(text: str, most: int = 8) -> str:
    """A text of several lines, such as a command, made fit to be shown."""
    return "\n".join(clip(line, 300) for line in text.splitlines()[:most])


def _means(report: RepairReport) -> str:
    means = sorted({_MEANS[each] for each in report.means.values()})
    return f", from {' and '.join(means)}" if means else ""
