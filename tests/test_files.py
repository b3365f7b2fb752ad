"""Files that are replaced as a whole."""

from pathlib import Path

import pytest

from gan_core.system import files


@pytest.fixture
def path(tmp_path):
    """A file with something in it."""
    made = tmp_path / "status.json"
    made.write_bytes(b"old")
    return made


def refuse(monkeypatch, times):
    """Renaming fails so many times, as on Windows while a reader has the target open; returns the attempts."""
    attempts, replace = [], Path.replace

    def refused(temporary, target):
        attempts.append(target)
        if len(attempts) <= times:
            raise PermissionError(13, f"refusal {len(attempts)}")
        return replace(temporary, target)

    monkeypatch.setattr(Path, "replace", refused)
    return attempts


def test_a_reader_who_holds_the_old_file_delays_the_new_one(path, monkeypatch):
    attempts = refuse(monkeypatch, 2)
    files.write_atomic(path, b"new")
    assert path.read_bytes() == b"new" and len(attempts) == 3
    assert list(path.parent.iterdir()) == [path]


def test_what_stays_forbidden_is_raised_and_leaves_nothing(path, monkeypatch):
    monkeypatch.setattr(files, "PATIENCE", 0.1)
    attempts = refuse(monkeypatch, 1_000_000)
    with pytest.raises(PermissionError) as raised:
        files.write_atomic(path, b"new")
    assert len(attempts) > 1 and raised.value.strerror == f"refusal {len(attempts)}", "the last error"
    assert path.read_bytes() == b"old" and list(path.parent.iterdir()) == [path]


def test_it_is_flushed_through_a_handle_that_may_write(path, monkeypatch):
    """Windows refuses to flush any other."""
    modes, opened = [], Path.open

    def noted(self, mode="r", *rest, **options):
        modes.append((self.suffix, mode))
        return opened(self, mode, *rest, **options)

    monkeypatch.setattr(Path, "open", noted)
    with files.replacing(path) as temporary:
        temporary.write_bytes(b"new")
    assert [mode for suffix, mode in modes if suffix == ".tmp" and "b" in mode][-1] == "rb+"


def test_only_leftovers_of_killed_processes_are_cleared(tmp_path):
    for name in (".000010.png.123-456.tmp", ".request.lock", "000010.png", "notes.tmp"):
        (tmp_path / name).write_bytes(b"")
    files.clear_leftovers(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {".request.lock", "000010.png", "notes.tmp"}
