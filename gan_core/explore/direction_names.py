"""Names that people give to latent directions: one JSON file per weights file, beside the runs. Torch-free."""

import hashlib
import json
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from gan_core import runs
from gan_core.system import files
from gan_core.system.errors import WorkshopError

MAX_LENGTH = 40
MAX_NAMES = 200

_NAMES = TypeAdapter(dict[str, str])


def weights_key(weights: Path) -> str:
    """The SHA-256 of a weights file: the same wherever the file lies."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()


def path(key: str) -> Path:
    """The file with the names for the weights with this `weights_key`."""
    return runs.home() / "directions" / f"{key[:32]}.json"


def load(key: str) -> dict[str, str]:
    """The names given so far, by `KIND-NUMBER` as `pca-0`; raises WorkshopError for a damaged file."""
    file = path(key)
    try:
        return _NAMES.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise WorkshopError(f"{file} is damaged ({error.errors()[0]['msg']}): mend or remove it.") from None


def set_name(key: str, direction: str, name: str) -> None:
    """Name a direction; an empty name removes its name. Raises WorkshopError for a name that is too long."""
    name = " ".join(name.split())
    if len(name) > MAX_LENGTH:
        raise WorkshopError(f"Name: {len(name)} letters were given; allowed: {MAX_LENGTH} at most.")
    path(key).parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path(key).with_suffix(".lock")):
        names = {other: title for other, title in load(key).items() if other != direction}
        names |= {direction: name} if name else {}
        if len(names) > MAX_NAMES:
            raise WorkshopError(f"Name: this model has {MAX_NAMES} named directions already; take a name away first.")
        files.write_atomic(path(key), json.dumps(names, ensure_ascii=False, indent=1).encode())
