"""Public data sets that are not bundled: in the user's folder, or downloaded once by torchvision."""

import http.client
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gan_core.data import data_dir, download_dir
from gan_core.system.errors import WorkshopError


@dataclass(frozen=True)
class OnlineSource:
    """Where to find one such data set.

    `layout`: its folder in torchvision's layout, so that torchvision's downloads are found too. `complete`:
    whether a folder holds what is needed; cheap. `torchvision`: the class that downloads it, with `options`.
    """

    title: str
    name: str
    layout: Path
    files: str
    complete: Callable[[Path], bool]
    torchvision: str
    alternative: str
    system_folders: Callable[[], tuple[Path, ...]] = tuple
    install_hint: str = ""
    options: Mapping[str, str] = field(default_factory=dict)

    def find(self) -> Path | None:
        """The first folder that is complete, or None; raises WorkshopError if GAN_DATA_DIR is no folder."""
        own = data_dir()
        folders = [own, own / self.name, own / self.layout] if own else []
        folders += [*self.system_folders(), download_dir() / self.layout]
        return next((folder for folder in folders if self.complete(folder)), None)

    def folder(self) -> Path:
        """Like `find`, but downloads a missing data set; raises WorkshopError if that fails."""
        folder = self.find()
        if folder is None:
            folder = download_dir() / self.layout
            self._fetch(folder)
        return folder

    def missing(self) -> str | None:
        """The `missing` of a Source."""
        try:
            return None if self.find() else self._not_there()
        except WorkshopError as error:  # GAN_DATA_DIR is wrong; the message says so
            return str(error)

    def _not_there(self, reason: str = "") -> str:
        return (
            f"{self.title} is not on this machine{reason}: set GAN_DATA_DIR to a folder with {self.files}, "
            f"{self.install_hint}go online so that it can be downloaded, or choose the data set {self.alternative}."
        )

    def _fetch(self, target: Path) -> None:
        """Download into `target`, which gets only whole files: a broken or second download does no harm."""
        try:
            target.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=target) as fresh:
                from torchvision import datasets  # slow to import and seldom needed

                getattr(datasets, self.torchvision)(fresh, download=True, **self.options)
                for path in Path(fresh, self.layout).iterdir():
                    if not path.is_dir() or not (target / path.name).exists():  # never overwrites a folder
                        path.replace(target / path.name)
        except (OSError, http.client.HTTPException, RuntimeError, ImportError) as error:  # URLError is an OSError
            reason = " ".join(str(error).split()).rstrip(".")
            raise WorkshopError(self._not_there(f" and its download failed ({reason})")) from error
