"""Settings: where each value comes from, and what is said of a wrong one."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelward.core.errors import FolderError, SettingsError
from modelward.core.paths import Paths
from modelward.core.setting_groups import Settings
from modelward.core.settings import described, load, save


@pytest.fixture
def paths(home: Path) -> Paths:
    found = Paths.locate()
    found.prepare()
    return found


def config(paths: Paths, text: str | bytes) -> Path:
    paths.config_file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return paths.config_file


def refusal(paths: Paths, environ: dict[str, str] | None = None, options: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(paths, environ or {}, options)
    assert caught.value.exit_code == 2
    assert caught.value.todo
    return str(caught.value)


class TestSources:
    def test_an_empty_home_has_the_defaults(self, paths: Paths) -> None:
        loaded = load(paths, {})
        assert loaded.settings == Settings()
        assert set(loaded.origins.values()) == {"default"}
        assert list(loaded.origins) == list(described())

    def test_each_source_beats_the_one_before(self, paths: Paths) -> None:
        config(paths, "# mine\nlog:\n  level: WARNING\n")
        told = []
        for environ, options in (
            ({}, {}),
            ({"LOG_LEVEL": "ERROR"}, {}),
            ({"LOG_LEVEL": "ERROR", "MODELWARD__LOG__LEVEL": "info"}, {}),
            ({"LOG_LEVEL": "ERROR", "MODELWARD__LOG__LEVEL": "info"}, {"log.level": "debug"}),
        ):
            loaded = load(paths, environ, options)
            told.append((loaded.settings.log.level, loaded.origins["log.level"]))
        assert told == [
            ("WARNING", "config.yaml line 3"),
            ("ERROR", "environment LOG_LEVEL"),
            ("INFO", "environment MODELWARD__LOG__LEVEL"),
            ("DEBUG", "option --log-level"),
        ]

    def test_an_empty_variable_counts_as_not_set(self, paths: Paths) -> None:
        assert load(paths, {"LOG_LEVEL": "", "MODELWARD__APPEARANCE__THEME": ""}).settings == Settings()

    def test_the_home_variable_is_no_setting(self, paths: Paths) -> None:
        assert load(paths, {"MODELWARD_HOME": "/somewhere"}).settings == Settings()

    def test_every_kind_of_value_is_read(self, paths: Paths) -> None:
        text = (
            "store: {database_url: 'postgresql://h/x'}\ncatalog:\n  read_raw_folder: no\nappearance:\n  theme: Dark\n"
        )
        config(paths, text)
        found = load(paths, {}).settings
        assert found.store.database_url == "postgresql://h/x"
        assert found.catalog.read_raw_folder is False
        assert found.appearance.theme == "dark"

    @pytest.mark.parametrize(
        "text", ["", "\n\n", "# nothing yet\n", "---\n", "log:\n", "log: {}\n", "\ufeff# bom\nlog:\n"]
    )
    def test_a_file_that_states_nothing_is_fine(self, paths: Paths, text: str) -> None:
        config(paths, text)
        assert load(paths, {}).settings == Settings()

    def test_a_null_address_is_the_default_one(self, paths: Paths) -> None:
        config(paths, "store:\n  database_url:\n")
        assert load(paths, {}).settings.store.database_url is None

    def test_a_password_is_never_shown(self, paths: Paths) -> None:
        loaded = load(paths, {"DATABASE_URL": "postgresql://me:s3cr/et@host/db"})
        shown = {known.key: value for known, value, _origin in loaded.rows()}
        assert loaded.settings.store.database_url == "postgresql://me:s3cr/et@host/db"
        assert shown["store.database_url"] == "postgresql://me:***@host/db"

    def test_every_setting_says_what_it_is_for(self) -> None:
        assert [known.key for known in described().values() if not (known.about.title and known.about.help)] == []

    def test_the_usual_start_needs_no_validation_library(self) -> None:
        code = (
            "import os, sys; from modelward.core.paths import Paths; from modelward.core.settings import load;"
            "load(Paths.locate(), os.environ);"
            "print(sorted({'pydantic', 'structlog', 'apscheduler'} & set(sys.modules)))"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment()
        )
        assert ran.stdout.strip() == "[]"


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "line", "words"),
        [
            ("log:\n  levle: INFO\n", 2, ["log.levle", "Did you mean log.level?"]),
            ("logs:\n  level: INFO\n", 2, ["logs.level", "Did you mean log.level?"]),
            ("5:\n  x: 1\n", 2, ["5.x", "The settings are log.level"]),
            ("log:\n  level: LOUD\n", 2, ["'LOUD'", "one of DEBUG, INFO, WARNING, ERROR"]),
            ("log:\n  level:\n", 2, ["log.level", "nothing"]),
            ("catalog:\n  read_raw_folder: perhaps\n", 2, ["'perhaps'", "true or false"]),
            ("catalog:\n  read_raw_folder: [true]\n", 2, ["one plain value"]),
            ("log:\n  level: !!python/object/apply:os.system [x]\n", 2, ["one plain value"]),
            ("store:\n  database_url: mysql://h/x\n", 2, ["mysql://h/x", "postgresql://user@host/name"]),
            ("log:\n\tlevel: INFO\n", 2, ["spaces, never with tabs"]),
            ("log:\n  level: INFO\n  level: ERROR\n", 3, ["'level' is given twice, first in line 2"]),
            ("log:\n  level: INFO\n\nlog:\n", 4, ["'log' is given twice, first in line 1"]),
            ("- log\n", 1, ["names with values"]),
            ("just words\n", 1, ["names with values"]),
            ("log: INFO\n", 1, ["log must hold names"]),
            ("? [a]\n: b\n", 1, ["plain word"]),
            ("log:\n  level: 'INFO\n", 3, ["not valid YAML"]),
            ("log:\n  level: *other\n", 2, ["undefined alias"]),
            ("log:\n  level: INFO\n---\nlog:\n", 3, ["another document"]),
            ("a:\n  b: \x07\n", 2, ["U+0007"]),
        ],
    )
    def test_a_wrong_file_is_told_by_file_and_line(self, paths: Paths, text: str, line: int, words: list[str]) -> None:
        file = config(paths, text)
        told = refusal(paths)
        assert f"{file}, line {line}:" in told
        assert [word for word in words if word not in told] == []

    def test_another_encoding_is_told_with_its_line(self, paths: Paths) -> None:
        file = config(paths, b"log:\n  level: INFO # gr\xfc\xdfe\n")
        assert f"{file}, line 2: not UTF-8" in refusal(paths)
        config(paths, "log:\n  level: INFO\n".encode("utf-16"))
        assert "not UTF-8" in refusal(paths)

    def test_a_huge_file_is_refused_unread(self, paths: Paths) -> None:
        config(paths, b"#" * (1024 * 1024 + 1))
        assert "larger than 1 MiB" in refusal(paths)

    def test_deep_nesting_is_refused(self, paths: Paths) -> None:
        config(paths, "[" * 100_000)
        assert "nested too deeply" in refusal(paths)

    def test_a_bomb_of_aliases_does_not_go_off(self, paths: Paths) -> None:
        lines = ["a: &a [x, x]"] + [f"{new}: &{new} [*{old}, *{old}]" for old, new in pairwise("abcdefghij")]
        config(paths, "\n".join(lines))
        assert "line 1" in refusal(paths)

    def test_a_folder_in_place_of_the_file_is_told(self, paths: Paths) -> None:
        paths.config_file.mkdir()
        assert str(paths.config_file) in refusal(paths)

    @pytest.mark.parametrize(
        ("environ", "words"),
        [
            ({"LOG_LEVEL": "7"}, ["environment variable LOG_LEVEL", "'7'", "one of DEBUG"]),
            ({"MODELWARD__LOG__LEVLE": "INFO"}, ["MODELWARD__LOG__LEVLE", "Did you mean log.level?"]),
            ({"MODELWARD__LOG": "INFO"}, ["MODELWARD__LOG", "no setting log"]),
            ({"MODELWARD__": "INFO"}, ["MODELWARD__"]),
            ({"LOG_LEVEL": "\udcff"}, ["LOG_LEVEL"]),
            ({"DATABASE_URL": "/home/me/x.db"}, ["DATABASE_URL", "postgresql://"]),
        ],
    )
    def test_a_wrong_variable_is_told_by_name(self, paths: Paths, environ: dict[str, str], words: list[str]) -> None:
        told = refusal(paths, environ)
        assert [word for word in words if word not in told] == []

    def test_a_wrong_option_is_told_by_name(self, paths: Paths) -> None:
        assert "option --appearance-theme: appearance.theme cannot be 'pink'" in refusal(
            paths, {}, {"appearance.theme": "pink"}
        )

    def test_a_refusal_shows_no_password(self, paths: Paths) -> None:
        told = refusal(paths, {"DATABASE_URL": "mysql://me:hunter22@host/db"})
        assert "hunter22" not in told

    def test_a_refused_value_is_shown_in_short(self, paths: Paths) -> None:
        assert len(refusal(paths, {"LOG_LEVEL": "x" * 10_000})) < 400

    @settings(max_examples=150, deadline=None)
    @given(
        st.one_of(
            st.binary(max_size=200),
            st.text("abcdlogev:[]{}&*!|>'\"#-? \n\t~", max_size=80).map(str.encode),
        )
    )
    def test_any_file_is_read_or_refused(self, tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
        folder = tmp_path_factory.mktemp("config", numbered=True)
        paths = Paths(folder, folder, folder, folder, folder)
        paths.config_file.write_bytes(content)
        try:
            told = str(load(paths, {}))
        except SettingsError as error:
            told = error.what
        assert told.startswith((f"{paths.config_file}", "Loaded("))


class TestSaving:
    def test_a_first_value_makes_the_file(self, paths: Paths) -> None:
        save(paths, "appearance.theme", "dark")
        assert paths.config_file.read_text() == "appearance:\n  theme: dark\n"
        assert paths.config_file.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            (
                "# mine\nappearance:\n  theme: light  # by day\nlog:\n  level: INFO\n",
                "# mine\nappearance:\n  theme: dark  # by day\nlog:\n  level: INFO\n",
            ),
            ("log:\n  level: INFO", "log:\n  level: INFO\nappearance:\n  theme: dark\n"),
            ("appearance:\n  # theme: light\nlog: {}\n", "appearance:\n  theme: dark\n  # theme: light\nlog: {}\n"),
            ("appearance: {}\n", "appearance: {theme: dark, }\n"),
            ("appearance: {theme: 'light'}\n", "appearance: {theme: dark}\n"),
            ("appearance:\r\n    theme: light\r\n", "appearance:\r\n    theme: dark\r\n"),
            ("# only this", "# only this\nappearance:\n  theme: dark\n"),
        ],
    )
    def test_one_value_changes_and_the_rest_stays(self, paths: Paths, before: str, after: str) -> None:
        config(paths, before)
        save(paths, "appearance.theme", "dark")
        assert paths.config_file.read_bytes().decode() == after

    def test_a_group_gets_its_second_field_in_its_own_indentation(self, paths: Paths) -> None:
        from modelward.core import config_file

        file = config(paths, "log:\n    level: INFO\n")
        config_file.write(file, "log.other", "a: b")
        assert file.read_text() == 'log:\n    other: "a: b"\n    level: INFO\n'

    @pytest.mark.parametrize(
        "value", ["postgresql://me:p%40ss@host/db?sslmode=require", "sqlite:///a b'c\"d\\e#f: g.db"]
    )
    def test_any_text_comes_back_as_it_was(self, paths: Paths, value: str) -> None:
        save(paths, "store.database_url", value)
        save(paths, "catalog.read_raw_folder", False)
        found = load(paths, {}).settings
        assert (found.store.database_url, found.catalog.read_raw_folder) == (value, False)

    def test_a_wrong_value_or_key_leaves_the_file_alone(self, paths: Paths) -> None:
        file = config(paths, "log:\n  level: INFO\n")
        for key, value in (("appearance.theme", "pink"), ("appearance.colour", "dark")):
            with pytest.raises(SettingsError):
                save(paths, key, value)
        assert file.read_text() == "log:\n  level: INFO\n"

    @pytest.mark.parametrize("text", ["{log: {level: INFO}}\n", "log:\n  level: INFO\n...\n"])
    def test_a_layout_that_nothing_can_be_added_to_is_left_alone(self, paths: Paths, text: str) -> None:
        file = config(paths, text)
        with pytest.raises(SettingsError, match="by hand"):
            save(paths, "appearance.theme", "dark")
        assert file.read_text() == text

    def test_a_value_written_as_a_block_is_replaced_whole(self, paths: Paths) -> None:
        file = config(paths, "appearance:\n  theme: |-\n    light\nlog:\n  level: INFO\n")
        save(paths, "appearance.theme", "dark")
        assert file.read_text() == "appearance:\n  theme: dark\nlog:\n  level: INFO\n"

    def test_a_damaged_file_is_never_overwritten(self, paths: Paths) -> None:
        file = config(paths, "log: [\n")
        with pytest.raises(SettingsError, match="line"):
            save(paths, "appearance.theme", "dark")
        assert file.read_text() == "log: [\n"

    def test_a_linked_file_stays_a_link(self, paths: Paths, tmp_path: Path) -> None:
        real = tmp_path / "dotfiles.yaml"
        real.write_text("log:\n  level: INFO\n")
        real.chmod(0o640)
        paths.config_file.symlink_to(real)
        save(paths, "log.level", "ERROR")
        assert paths.config_file.is_symlink()
        assert real.read_text() == "log:\n  level: ERROR\n"
        assert real.stat().st_mode & 0o777 == 0o640

    def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left_behind(self, paths: Paths) -> None:
        paths.config_file.symlink_to(paths.config / "missing" / "config.yaml")
        with pytest.raises(FolderError, match="cannot be made or written"):
            save(paths, "appearance.theme", "dark")
        assert [item.name for item in paths.config.iterdir() if item.name.startswith(".")] == []

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.sampled_from(
                ["# a: b", "", "log:", "  level: INFO", "  # x", "appearance:", "  theme: light", "catalog: {}"]
            )
        ),
        st.sampled_from(["dark", "system"]),
    )
    def test_what_was_saved_is_read_and_nothing_else_changed(
        self, tmp_path_factory: pytest.TempPathFactory, lines: list[str], theme: str
    ) -> None:
        folder = tmp_path_factory.mktemp("config", numbered=True)
        paths = Paths(folder, folder, folder, folder, folder)
        paths.config_file.write_text("\n".join(lines))
        try:
            before = load(paths, {}).settings
        except SettingsError:
            return
        save(paths, "appearance.theme", theme)
        after = load(paths, {}).settings
        assert after.appearance.theme == theme
        assert after.log == before.log
        assert [
            line for line in lines if line.lstrip().startswith("#") and line not in paths.config_file.read_text()
        ] == []
