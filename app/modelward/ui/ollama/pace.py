"""How fast bytes go by, and how long the rest will take."""

from __future__ import annotations

from collections import deque

_WINDOW_SECONDS = 5.0
_LEAST_SECONDS = 0.4


class Pace:
    """The pace of the last seconds: a disk is not as fast at the end as it was from the cache."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()

    def see(self, at: float, done: int) -> None:
        """``done`` bytes were done at a moment, in seconds of any clock that only goes forward."""
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()  # another count began
        self._seen.append((at, done))
        while len(self._seen) > 2 and at - self._seen[1][0] >= _WINDOW_SECONDS:
            self._seen.popleft()

    def start_again(self) -> None:
        """Forget what was seen: nothing went by for a while because it was held."""
        self._seen.clear()

    @property
    def rate(self) -> float | None:
        """Bytes a second; None until it can be told."""
        if len(self._seen) < 2:
            return None
        (first, before), (last, after) = self._seen[0], self._seen[-1]
        return (after - before) / (last - first) if last - first >= _LEAST_SECONDS else None

    def seconds_left(self, rest: int) -> float | None:
        """How long so many bytes will take; None where that cannot be told."""
        rate = self.rate
        return rest / rate if rate else None
