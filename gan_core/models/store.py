"""Models on this machine that are neither bundled nor runs: pulled from the Hub, or imported from a file.

A model is a folder under `models/` in GAN_HOME: `model.safetensors`, always in our own format, `record.json` (a
StoredModel) and `samples.png`, drawn from the noise that every run uses. Torch-free, but for `add`.
"""

import datetime
import hashlib
import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock
from pydantic import BaseModel, ConfigDict, Field

from gan_core import runs
from gan_core.models import _records, bundled
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

FORMAT = "gan-workshop-kept/1"
PART = "[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
ID = re.compile(rf"{PART}(?:/{PART})?(?:@{PART})?")
"""A pulled model is `owner/name@abc1234`. Two dashes stand for the slash in the folder's name, so no part has them."""
MAX_ID_LENGTH = 200
WEIGHTS, RECORD, SAMPLES = "model.safetensors", "record.json", "samples.png"
ADVICE = "delete the model and add it again"


class Origin(BaseModel):
    """Where a model comes from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["pulled", "imported"]
    repo: str = ""
    commit: str = Field(default="", pattern="^([0-9a-f]{40})?$")
    """The pulled revision, 40 hexadecimal digits."""
    file: str
    """Its original name, without folders of this machine."""
    endpoint: str = ""
    """Of the Hub, if not the default one."""
    licence: str = ""
    """As the repository states it."""

    @property
    def description(self) -> str:
        """Such as `pulled from ann/clothes, commit 0123456`."""
        if self.kind == "imported":
            return f"imported from the file {self.file}"
        hub = f" of {self.endpoint}" if self.endpoint else ""
        return f"pulled from {self.repo}{hub}, commit {self.commit[:7]}"


class StoredModel(_records.ModelRecord):
    """The record `record.json`."""

    format: Literal["gan-workshop-kept/1"] = FORMAT
    origin: Origin
    variant: str
    dataset: str
    z_dim: int = Field(ge=1)
    added: str
    """ISO 8601 with the time zone."""
    found: str = ""
    """What an imported file contains, as one sentence."""


def folder() -> Path:
    """Where the models are."""
    return runs.home() / "models"


def names() -> list[str]:
    """The ids of all models, sound or damaged."""
    return sorted(_id(path.parent) for path in folder().glob(f"[!.]*/{RECORD}"))


def list_all() -> tuple[list[StoredModel], list[str]]:
    """All models, the newest first, and a sentence for each damaged one."""
    models, problems = _records.read_all(names(), get)
    return sorted(models, key=lambda model: (model.added, model.id), reverse=True), problems


def get(name: str) -> StoredModel:
    """The record of model `name`; raises WorkshopError if it is unknown, damaged or lacks a file."""
    model_dir = _existing_folder(name)
    return _records.read(StoredModel, model_dir / RECORD, name, (model_dir / WEIGHTS, model_dir / SAMPLES), ADVICE)


def weights(name: str) -> Path:
    """Its weights file; raises WorkshopError."""
    return _folder(get(name).id) / WEIGHTS


def samples_path(name: str) -> Path:
    """The picture of its samples, a grid like a run's; raises WorkshopError."""
    return _folder(get(name).id) / SAMPLES


def id_of(path: Path) -> str | None:
    """The id of the model whose weights file this is; None for any other file."""
    ours = path.name == WEIGHTS and path.parent.parent == folder()
    return _id(path.parent) if ours and _id(path.parent) in names() else None


def size_on_disk(name: str) -> int:
    """Bytes that deleting it frees."""
    return sum(path.stat().st_size for path in _folder(name).rglob("*") if path.is_file())


def delete(name: str) -> None:
    """Remove a model from this machine; raises WorkshopError for an unknown one."""
    model_dir = _existing_folder(name)
    trash = Path(tempfile.mkdtemp(prefix=".gone-", dir=folder()))
    model_dir.replace(trash / "model")  # atomic, so that nobody reads half of it
    shutil.rmtree(trash)


def check_id(name: str) -> None:
    """Raises WorkshopError unless `name` is a valid id for a stored model."""
    if len(name) > MAX_ID_LENGTH or "--" in name or not ID.fullmatch(name):
        raise WorkshopError(
            f"name: {name[:MAX_ID_LENGTH]!r} was given; allowed: letters, digits, dots, single dashes and "
            f"underscores, at most {MAX_ID_LENGTH}."
        )
    if runs.RUN_NAME.fullmatch(name):
        raise WorkshopError(f"name: {name!r} was given; a name like that is a run's.")
    if name in bundled.names():  # every command would load that one
        raise WorkshopError(f"name: {name!r} was given; that is a bundled model's, choose another.")


def add(path: Path, name: str, origin: Origin, **options: Any) -> StoredModel:
    """Add the weights file `path` as model `name`, whole or not at all; replaces an older model of that name.

    A foreign file is converted to our format; `options` are those of `foreign.read`, and for such a file only.
    Raises WorkshopError if the file is no usable model, and then leaves nothing behind.
    """
    from gan_core.data import sample_grid
    from gan_core.models import checkpoint, foreign
    from gan_core.system import files

    check_id(name)
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".taking-", dir=folder()) as scratch:
        model_dir = Path(scratch) / "model"
        model_dir.mkdir()
        sentence = ""
        if foreign.is_foreign(path):
            options = {"licence": origin.licence, **options}
            sentence = foreign.convert(path, model_dir / WEIGHTS, **options).sentence
        elif options:
            raise WorkshopError(f"{', '.join(options)}: only for a file from elsewhere; {path.name} is one of ours.")
        else:
            try:
                shutil.copyfile(path, model_dir / WEIGHTS)
            except OSError as error:
                raise WorkshopError(f"{path} cannot be read: {error.strerror}.") from None
        model = checkpoint.load(model_dir / WEIGHTS)
        _, metadata = checkpoint.read_metadata(model_dir / WEIGHTS)
        content = (model_dir / WEIGHTS).read_bytes()
        stored = StoredModel(
            id=name,
            origin=origin,
            title=model.title,
            variant=model.config.variant,
            dataset=model.config.data.dataset,
            size=metadata.size,
            channels=metadata.channels,
            classes=model.classes,
            conditional=model.conditional,
            z_dim=model.config.network.z_dim,
            licence=model.licence or origin.licence,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            added=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            found=sentence,
        )
        files.write_atomic(model_dir / SAMPLES, sample_grid.png(model.draw_sample_grid()))
        files.write_atomic(model_dir / RECORD, stored.model_dump_json(indent=1).encode())
        with FileLock(folder() / ".lock"):
            if _folder(name).exists():
                delete(name)
            os.replace(model_dir, _folder(name))
    return stored


def _existing_folder(name: str) -> Path:
    """The folder of a model, sound or damaged; raises WorkshopError if there is none."""
    model_dir = _folder(name)
    if model_dir.name.startswith(".") or _id(model_dir) != name or not (model_dir / RECORD).is_file():
        raise discovery.unknown("model", name, names())
    return model_dir


def _folder(name: str) -> Path:
    return folder() / name.replace("/", "--")


def _id(model_dir: Path) -> str:
    return model_dir.name.replace("--", "/", 1)
