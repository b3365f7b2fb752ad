"""Names that people give to directions, kept beside the runs: one small file for each model's weights. Light."""

import hashlib
import json
from pathlib import Path

from filelock import FileLock
from pydantic import TypeAdapter, ValidationError

from gan_core import runs
from gan_core.system import files
from gan_core.system.errors import WorkshopError

LONGEST = 40
MOST = 200

_NAMES = TypeAdapter(dict[str, str])


def key(weights: Path) -> str:
    """What tells these weights from all others, wherever the file lies."""
    return hashlib.sha256(weights.read_bytes()).hexdigest()


def path(key: str) -> Path:
    """Where the names for weights of this key are kept."""
    return runs.home() / "directions" / f"{key[:32]}.json"


def known(key: str) -> dict[str, str]:
    """The names given so far, by `KIND-NUMBER` as `pca-0`; raises WorkshopError for a damaged file."""
    file = path(key)
    try:
        return _NAMES.validate_json(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValidationError as error:
        raise WorkshopError(f"{file} is damaged ({error.errors()[0]['msg']}): mend or remove it.") from None


def give(key: str, direction: str, name: str) -> None:
    """Call a direction so from now on; an empty name takes its name away. Raises WorkshopError for a name too long."""
    name = " ".join(name.split())
    if len(name) > LONGEST:
        raise WorkshopError(f"Name: {len(name)} letters were given; allowed: {LONGEST} at most.")
    path(key).parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path(key).with_suffix(".lock")):
        names = {one: word for one, word in known(key).items() if one != direction}
        names |= {direction: name} if name else {}
        if len(names) > MOST:
            raise WorkshopError(f"Name: this model has {MOST} named directions already; take a name away first.")
        files.write_atomic(path(key), json.dumps(names, ensure_ascii=False, indent=1).encode())
