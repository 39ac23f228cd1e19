"""The container and the service that guard Ollama: files that parse, and commands that exist."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest
import typer
import yaml

from harness.tree import PACKAGING, ROOT
from modelward.cli.app import app
from modelward.core.settings import PREFIX, described

COMPOSE = PACKAGING / "compose.yaml"
UNIT = PACKAGING / "modelward-guard.service"
CONTAINERFILE = PACKAGING / "Containerfile"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    document = yaml.safe_load(COMPOSE.read_text("utf-8"))
    found: dict[str, Any] = document["services"]
    return found


def understood(words: list[str]) -> bool:
    """Whether our command line takes these words, options included."""
    assert words[0] == "modelward"
    command: click.Command = typer.main.get_command(app)
    context = click.Context(command, info_name="modelward")
    for number, word in enumerate(words[1:], 1):
        if not isinstance(command, click.Group):
            command.make_context(word, words[number:], parent=context)
            return True
        found = command.get_command(context, word)
        assert found is not None, f"there is no command {word}"
        command = found
    command.make_context(words[-1], [], parent=context)
    return True


def test_the_guard_and_ollama_share_one_folder_of_models(services: dict[str, Any]) -> None:
    ollama, guard = services["ollama"], services["guard"]
    (shared,) = set(ollama["volumes"]) & set(guard["volumes"])
    folder = guard["environment"]["OLLAMA_MODELS"]
    assert folder.startswith(shared.partition(":")[2])
    assert guard["environment"]["OLLAMA_HOST"] == "http://ollama:11434"
    named = yaml.safe_load(COMPOSE.read_text("utf-8"))["volumes"]
    assert {volume.partition(":")[0] for volume in guard["volumes"] if not volume.startswith("$")} <= set(named)


def test_the_commands_of_the_container_exist(services: dict[str, Any]) -> None:
    guard = services["guard"]
    kind, *check = guard["healthcheck"]["test"]
    assert (kind, check) == ("CMD", ["modelward", "ollama", "verify", "--quick"])
    assert understood(check)
    assert understood(["modelward", *guard["command"]])


def test_every_variable_of_the_guard_is_a_setting(services: dict[str, Any]) -> None:
    known = {each.about.variable for each in described().values()} | {"MODELWARD_HOME"}
    for name in services["guard"]["environment"]:
        key = name.removeprefix(PREFIX).replace("__", ".", 1).lower()
        assert name in known or key in described(), name


def test_images_are_named_by_whoever_runs_them(services: dict[str, Any]) -> None:
    assert all(service["image"].startswith("${") for service in services.values())
    assert re.findall(r"^FROM (.*)$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE) == ["${PYTHON_IMAGE}"]


def test_what_the_image_is_built_from_is_there(services: dict[str, Any]) -> None:
    build = services["guard"]["build"]
    assert (COMPOSE.parent / build["context"] / build["dockerfile"]).resolve() == CONTAINERFILE
    for line in re.findall(r"^COPY (.*)$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE):
        *sources, _target = line.split()
        assert all((ROOT / source).exists() for source in sources), line
    assert shutil.which("sh", path="/bin")
    assert subprocess.run(["sh", "-n", PACKAGING / "in-container.sh"], check=False).returncode == 0


def test_the_service_runs_a_command_that_exists() -> None:
    (line,) = re.findall(r"^ExecStart=(.*)$", UNIT.read_text("utf-8"), re.MULTILINE)
    _python, *words = shlex.split(line)
    assert words[:3] == ["-P", "-m", "modelward"]
    assert understood(words[2:])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
def test_systemd_finds_nothing_wrong_with_the_service(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    # The program is looked for where it would be installed.
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/modelward/.venv/bin/python", "/bin/true"), "utf-8")
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False, timeout=60
    )
    told = [line for line in ran.stderr.splitlines() if UNIT.name in line]
    assert (ran.returncode, told) == (0, []), ran.stderr
