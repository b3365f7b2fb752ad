"""Models kept on this machine that are neither bundled nor runs: pulled from the Hub, or imported from a file.

A model is a folder under `models/` in GAN_HOME: `model.safetensors`, always in our own format, `record.json` (a Kept)
and `samples.png`, drawn from the noise of every run's samples. Light: torch comes with `take` alone.
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
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gan_core import runs
from gan_core.models import bundled
from gan_core.system import discovery
from gan_core.system.errors import WorkshopError

FORMAT = "gan-workshop-kept/1"
ID = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
"""One part of an id; a pulled model has three, `owner/name@abc1234`."""

MOST_LETTERS = 200


class Origin(BaseModel):
    """Where a model comes from."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    kind: Literal["pulled", "imported"]
    repo: str = ""
    commit: str = Field(default="", pattern="^([0-9a-f]{40})?$")
    """The revision that was pulled, 40 hexadecimal digits."""
    file: str
    """Its name where it came from, without folders of this machine."""
    endpoint: str = ""
    """Of the Hub, where it is not the usual one."""
    licence: str = ""
    """What the repository says of itself."""


class Kept(BaseModel):
    """What `record.json` says of a model."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    format: Literal["gan-workshop-kept/1"] = FORMAT
    id: str
    origin: Origin
    title: str
    """The variant's, or the layout's where the file was not ours."""
    variant: str
    dataset: str
    size: int = Field(ge=1)
    channels: Literal[1, 3]
    classes: tuple[str, ...]
    conditional: bool
    z_dim: int = Field(ge=1)
    licence: str
    """Of the pictures it has learned from, as far as the file or its repository says."""
    bytes: int = Field(ge=1)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    added: str
    """When, ISO 8601 with the time zone."""
    found: str = ""
    """Of a file that was not ours: what was found in it, in one sentence."""


def folder() -> Path:
    """Where they are."""
    return runs.home() / "models"


def names() -> list[str]:
    """The ids of what is there, sound or not."""
    return sorted(_id(path.parent.name) for path in folder().glob("[!.]*/record.json"))


def everything() -> tuple[list[Kept], list[str]]:
    """All models, the newest first, and a sentence for each that is damaged."""
    found, problems = [], []
    for name in names():
        try:
            found.append(get(name))
        except WorkshopError as error:
            problems.append(str(error))
    return sorted(found, key=lambda kept: (kept.added, kept.id), reverse=True), problems


def get(name: str) -> Kept:
    """What is known of model `name`; raises WorkshopError for an unknown one, or one whose folder is damaged."""
    place = _there(name)
    try:
        kept = Kept.model_validate_json((place / "record.json").read_bytes())
    except (ValidationError, OSError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error.strerror)
        raise WorkshopError(f"The record of {name} is damaged ({why}): delete it and add it again.") from None
    missing = [file for file in ("model.safetensors", "samples.png") if not (place / file).is_file()]
    if kept.id != name or missing:
        what = f"{missing[0]} is missing" if missing else f"its record is that of {kept.id!r}"
        raise WorkshopError(f"The folder of {name} is damaged ({what}): delete it and add it again.")
    return kept


def weights(name: str) -> Path:
    """Its file of weights; raises WorkshopError."""
    get(name)
    return _place(name) / "model.safetensors"


def sheet(name: str) -> Path:
    """The picture of its samples, a grid like a run's; raises WorkshopError."""
    get(name)
    return _place(name) / "samples.png"


def size_on_disk(name: str) -> int:
    """Bytes that deleting it sets free."""
    return sum(path.stat().st_size for path in _place(name).rglob("*") if path.is_file())


def delete(name: str) -> None:
    """Remove it from this machine; raises WorkshopError for an unknown one."""
    place = _there(name)
    gone = Path(tempfile.mkdtemp(prefix=".gone-", dir=folder()))
    place.replace(gone / "model")  # at once, so that nobody sees half of it
    shutil.rmtree(gone)


def check_id(name: str) -> None:
    """Raises WorkshopError unless `name` may be the id of a kept model."""
    parts = re.fullmatch(r"([^/@]*)(?:/([^/@]*))?(?:@([^/@]*))?", name)
    if len(name) > MOST_LETTERS or parts is None or not all(map(_sound, parts.groups(default="x"))):
        raise WorkshopError(
            f"name: {name[:MOST_LETTERS]!r} was given; allowed: letters, digits, dots, single dashes and underscores, "
            f"at most {MOST_LETTERS}."
        )
    if runs.RUN_NAME.fullmatch(name):
        raise WorkshopError(f"name: {name!r} was given; a name like that is a run's.")
    if name in bundled.names():  # which is what every command would take by that name
        raise WorkshopError(f"name: {name!r} was given; that is a bundled model's, choose another.")


def take(path: Path, name: str, origin: Origin, **options: Any) -> Kept:
    """Add the file `path` as model `name`: checked whole, drawn from, and in its place at once; replaces an older one.

    A file from elsewhere becomes one of ours; `options` are those of `foreign.read`, and only for such a file. Raises
    WorkshopError with one sentence where the file is no usable model, and then leaves nothing behind.
    """
    from gan_core.data import sample_grid
    from gan_core.models import checkpoint, foreign
    from gan_core.system import files

    check_id(name)
    folder().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".taking-", dir=folder()) as scratch:
        place = Path(scratch) / "model"
        place.mkdir()
        found = ""
        if foreign.is_foreign(path):
            options = {"licence": origin.licence, **options}
            found = foreign.convert(path, place / "model.safetensors", **options).sentence
        elif options:
            raise WorkshopError(f"{', '.join(options)}: only for a file from elsewhere; {path.name} is one of ours.")
        else:
            _copy(path, place / "model.safetensors")
        model = checkpoint.load(place / "model.safetensors")
        _, told = checkpoint.about(place / "model.safetensors")
        content = (place / "model.safetensors").read_bytes()
        kept = Kept(
            id=name,
            origin=origin,
            title=model.title,
            variant=model.config.variant,
            dataset=model.config.data.dataset,
            size=told.size,
            channels=told.channels,
            classes=model.classes,
            conditional=model.conditional,
            z_dim=model.config.network.z_dim,
            licence=model.licence or origin.licence,
            bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
            added=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            found=found,
        )
        files.write_atomic(place / "samples.png", sample_grid.png(model.sheet()))
        files.write_atomic(place / "record.json", kept.model_dump_json(indent=1).encode())
        with FileLock(folder() / ".lock"):
            if _place(name).exists():
                delete(name)
            os.replace(place, _place(name))
    return kept


def _copy(path: Path, target: Path) -> None:
    try:
        shutil.copyfile(path, target)
    except OSError as error:
        raise WorkshopError(f"{path} cannot be read: {error.strerror}.") from None


def _sound(part: str) -> bool:
    return bool(ID.fullmatch(part)) and "--" not in part  # two dashes stand for the slash in the folder's name


def id_of(path: Path) -> str | None:
    """The model whose file of weights this is; None for any other file."""
    mine = path.name == "model.safetensors" and path.parent.parent == folder()
    name = _id(path.parent.name)
    return name if mine and name in names() else None


def _there(name: str) -> Path:
    """The folder of a model that is here, sound or not; raises WorkshopError. Looks at that folder alone."""
    place = _place(name)
    hidden = place.name.startswith(".") or _id(place.name) != name
    if hidden or not (place / "record.json").is_file():
        raise discovery.unknown("model", name, names())
    return place


def _place(name: str) -> Path:
    return folder() / name.replace("/", "--")


def _id(folder_name: str) -> str:
    return folder_name.replace("--", "/", 1)
