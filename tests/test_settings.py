"""The settings of the environment: read at each use, refused in one sentence, and listed in the documentation.

`python tests/test_settings.py` writes the table in docs/settings.md anew.
"""

import re
from pathlib import Path

import pytest

from gan_core.reports import table
from gan_core.system import _environment as environment
from gan_core.system import settings
from gan_core.system.errors import WorkshopError

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "settings.md"
START, END = "<!-- made by tests/test_settings.py -->\n\n", "\n<!-- end -->"
FIELDS = {
    "home": "GAN_HOME",
    "models": "GAN_MODELS",
    "data_dir": "GAN_DATA_DIR",
    "inception": "GAN_INCEPTION",
    "max_running": "GAN_MAX_RUNNING",
    "public": "GAN_PUBLIC",
    "max_minutes": "GAN_MAX_MINUTES",
    "max_size": "GAN_MAX_SIZE",
    "max_queue": "GAN_MAX_QUEUE",
    "owner_secret": "GAN_OWNER_SECRET",
    "pull_mb": "GAN_PULL_MB",
    "hub_timeout": "GAN_HUB_TIMEOUT",
    "hub_wait": "GAN_HUB_WAIT",
    "endpoint": "HF_ENDPOINT",
    "offline": "HF_HUB_OFFLINE",
}


def generated() -> str:
    """The documentation's table of variables."""
    rows = [
        [f"`{environment.variable(name)}`", default(info.default), info.description, environment.allowed(info)]
        for name, info in environment.Settings.model_fields.items()
    ]
    return table.to_markdown(["Variable", "Default", "Meaning", "Allowed"], rows)


def default(value) -> str:
    if isinstance(value, Path):
        return f"`{value.relative_to(ROOT)}/` of the program"
    return "none" if value is None else f"{value:g}" if isinstance(value, int | float) else str(value)


def test_the_table_in_the_docs_is_up_to_date():
    before, _, rest = PAGE.read_text().partition(START)
    assert before and rest.partition(END)[0] == generated(), f"run `python {Path(__file__).name}` in tests/"


def test_all_variables_are_there():
    assert {name: environment.variable(name) for name in environment.Settings.model_fields} == FIELDS


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("home", "/a/b", Path("/a/b")),
        ("home", "~/b", Path.home() / "b"),
        ("data_dir", "/a", Path("/a")),
        ("max_running", " 3 ", 3),
        ("public", "1", True),
        ("public", "0", False),
        ("max_minutes", "2.5", 2.5),
        ("pull_mb", "20", 20),
        ("hub_wait", "0", 0.0),
        ("endpoint", "http://127.0.0.1:8000/", "http://127.0.0.1:8000"),
        ("offline", "yes", True),
        ("offline", "0", False),
        ("owner_secret", "long enough, it is", "long enough, it is"),
    ],
)
def test_the_environment_is_read_at_each_use(monkeypatch, field, text, value):
    monkeypatch.delenv(FIELDS[field], raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    usual = getattr(settings.current(), field)
    monkeypatch.setenv(FIELDS[field], text)
    assert getattr(settings.current(), field) == value
    assert settings.current().model_fields_set >= {field}
    monkeypatch.setenv(FIELDS[field], "")
    assert getattr(settings.current(), field) == usual


def test_the_largest_file_is_in_bytes(monkeypatch):
    monkeypatch.setenv("GAN_PULL_MB", "20")
    assert settings.current().max_bytes == 20_000_000


def test_the_older_word_for_offline_counts_as_well(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "")
    monkeypatch.setenv("TRANSFORMERS_OFFLINE", "on")
    assert settings.current().offline


@pytest.mark.parametrize(
    ("field", "texts", "allowed"),
    [
        ("max_running", ["x", "0", "65", "1.5"], "a whole number from 1 to 64"),
        ("pull_mb", ["x", "-1", "0", "1e9", "nan"], "a whole number from 1 to 100,000"),
        ("hub_timeout", ["x", "-1", "0", "1e9", "nan", "inf"], "a number from 0.1 to 600"),
        ("hub_wait", ["-0.1", "61"], "a number from 0 to 60"),
        ("public", ["yes", "2", "true"], "1 for a shared instance, or 0"),
    ],
)
def test_a_bad_value_is_one_sentence_where_it_is_used(monkeypatch, field, texts, allowed):
    for text in texts:
        monkeypatch.setenv(FIELDS[field], text)
        now = settings.current()
        assert now.home  # the others still hold
        with pytest.raises(WorkshopError) as told:
            getattr(now, field)
        assert str(told.value) == f"{FIELDS[field]}: {text!r} was given; allowed: {allowed}."


@pytest.mark.parametrize(
    "text", ["huggingface.co", "ftp://a", "https://", "http://a:b@c", "http://a:99999", "http://a/?x"]
)
def test_an_address_that_is_none_is_not_repeated(monkeypatch, text):
    monkeypatch.setenv("HF_ENDPOINT", text)
    with pytest.raises(WorkshopError, match="HF_ENDPOINT: what was given is no such address; allowed: an") as told:
        _ = settings.current().endpoint
    assert text not in str(told.value).partition("; allowed")[0]


def test_a_secret_is_not_repeated(monkeypatch):
    with pytest.raises(WorkshopError, match="GAN_OWNER_SECRET: 7 letters were given; allowed: 12") as told:
        _ = settings.current(owner_secret="hunter2").owner_secret
    assert "hunter2" not in str(told.value)
    monkeypatch.setenv("GAN_OWNER_SECRET", "a long secret of mine")
    assert "a long secret" not in repr(settings.current())


def test_nothing_else_reads_the_environment():
    """But for what `torchrun` tells the processes that it starts."""
    readers = {}
    for folder in ("gan_core", "pages"):
        for path in (ROOT / folder).rglob("*.py"):
            for name in re.findall(r"(?:os\.environ|getenv)\b(.*)", path.read_text()):
                readers.setdefault(path.name, []).append(name)
    assert set(readers) == {"_environment.py", "parallel.py", "processes.py"}
    assert "GAN_" not in str(readers) and "HF_" not in str(readers)


if __name__ == "__main__":
    before, _, rest = PAGE.read_text().partition(START)
    PAGE.write_text(before + START + generated() + END + rest.partition(END)[2])
