from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from ginti_run import run_folder


@pytest.mark.parametrize("name", ["with a space", "x" * 100, "गिनती", "a,b"])
def test_sockets_of_a_folder_with_a_difficult_name_lie_elsewhere(data: Path, name: str) -> None:
    difficult = data / name
    difficult.mkdir()

    folder = run_folder.settle(difficult)

    assert not folder.is_relative_to(data)
    assert run_folder.PLAIN.fullmatch(str(folder))
    assert len(os.fsencode(folder / "postgres/.s.PGSQL.5432.lock")) <= 107
    assert run_folder.settle(difficult) == folder
    folder.rmdir()


def test_two_data_folders_never_share_their_sockets(data: Path) -> None:
    folders = [data / "one clinic", data / "two clinic"]

    settled = [run_folder.settle(folder) for folder in folders]

    assert len(set(settled)) == 2
    for folder in settled:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o711
        folder.rmdir()
