"""What a repair did, collected while it goes on, and told at its end."""

from __future__ import annotations

from collections.abc import Iterable

from modelward.core.errors import KnownError
from modelward.ollama.digests import short
from modelward.ollama.model import ModelName, RepairMeans, RepairReport, RepairState

UNTOUCHED = "Nothing was changed."


class Story:
    """The steps of one repair, in words."""

    def __init__(self, name: ModelName) -> None:
        self.name = name
        self.steps: list[str] = []
        self.means: dict[str, RepairMeans] = {}

    def say(self, step: str) -> None:
        """Add a step."""
        self.steps.append(step)

    def came(self, digest: str, means: RepairMeans) -> None:
        """A blob is back."""
        self.means[digest] = means
        source = {
            RepairMeans.VAULT: "from the vault",
            RepairMeans.SHARED: "from another folder of models",
            RepairMeans.DOWNLOAD: "by downloading it again",
        }
        self.say(f"Blob {short(digest)} came back {source[means]}; its hash is right.")

    def told(self, state: RepairState, detail: str = "") -> RepairReport:
        """The report."""
        return RepairReport(self.name, state, detail, tuple(self.steps), dict(self.means))

    def failed(self, *reasons: KnownError | str) -> RepairReport:
        """The report of a repair that did not succeed."""
        return self.told(RepairState.FAILED, " ".join(dict.fromkeys(str(reason) for reason in reasons if str(reason))))


def listed(found: Iterable[str]) -> str:
    """Digests in a row, a few of them by name."""
    names = [short(digest) for digest in found]
    rest = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + rest
