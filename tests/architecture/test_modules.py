"""What holds for every module of the program."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.tree import PACKAGE, modules

BROAD = {"Exception", "BaseException"}
# The three places where everything that can fail is caught, logged and told.
MAY_CATCH_ALL = {"core/jobs.py", "ui/kit/slots.py", "__main__.py"}


def _broad_handlers(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ExceptHandler) and _catches_all(node.type) and not _raises_on(node):
            yield node.lineno


def _raises_on(handler: ast.ExceptHandler) -> bool:
    """Whether it only cleans up: what came in goes on as it was."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def _catches_all(caught: ast.expr | None) -> bool:
    if isinstance(caught, ast.Tuple):
        return any(_catches_all(one) for one in caught.elts)
    return caught is None or (isinstance(caught, ast.Name) and caught.id in BROAD)


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_says_what_lives_there(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring, f"{path} has no docstring"
    assert docstring.splitlines()[0].endswith((".", ":", "?")), "its first line is a sentence"


def test_only_three_places_catch_everything() -> None:
    found = {path.relative_to(PACKAGE).as_posix(): list(_broad_handlers(path)) for path in modules()}
    astray = {place: lines for place, lines in found.items() if lines and place not in MAY_CATCH_ALL}
    assert astray == {}


def test_the_search_for_broad_handlers_finds_them(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    handlers = [
        "except:\n    pass\n",
        "except Exception:\n    pass\n",
        "except (OSError, BaseException):\n    pass\n",
        "except BaseException:\n    raise\n",
    ]
    planted.write_text("".join(f"try:\n    pass\n{handler}" for handler in handlers), "utf-8")
    assert list(_broad_handlers(planted)) == [3, 7, 11]
