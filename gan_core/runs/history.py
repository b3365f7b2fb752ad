"""The logged rows of a run as columns, read incrementally."""

import io
import itertools
import threading
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.json

from gan_core.system import files

CACHE_AFTER = 100_000
"""New rows after which the columns are cached in a file: parsing a million rows of text takes seconds."""

CHUNK = 32 * 1024 * 1024
"""Bytes parsed at once, so that the text of millions of steps never fills the memory."""

THREADS_FROM = 1024 * 1024
"""Bytes above which several threads parse them: the few rows of a second are done before those have started."""


class History:
    """The rows of a `metrics.jsonl` as float64 columns, NaN where a row lacks the value.

    `refresh()` reads the new rows; an incomplete last line is left for the next call. A resumed run may write steps
    again: their older rows are dropped, so that `step` always rises.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._offset = 0
        self._rows = 0
        self._store: dict[str, np.ndarray] = {}
        self._cached = 0
        self.version = 0
        """Changes with the rows, so that what is derived from them can be cached."""

    @property
    def _cache_path(self) -> Path:
        return self.path.with_name(".metrics-cache.npz")

    def refresh(self) -> dict[str, np.ndarray]:
        """Read what was written since the last call; returns all columns, each (rows,)."""
        with self._lock:
            if self._offset == 0 and self._cache_path.exists():
                self._load_cache()
            if self.path.exists():
                with self.path.open("rb") as file:
                    file.seek(self._offset)
                    while self._read_chunk(file):
                        pass
            if self._rows - self._cached >= CACHE_AFTER:
                self._save_cache()
            return {name: values[: self._rows] for name, values in self._store.items()}

    def _save_cache(self) -> None:
        columns = {name: values[: self._rows] for name, values in self._store.items()}
        with files.replacing(self._cache_path) as temporary, temporary.open("wb") as file:
            np.savez(file, allow_pickle=False, **{"": np.array(self._offset)}, **columns)
        self._cached = self._rows

    def _load_cache(self) -> None:
        with np.load(self._cache_path, allow_pickle=False) as cache:
            columns = {name: cache[name] for name in cache.files}
        offset = int(columns.pop(""))
        if not self.path.exists() or offset > self.path.stat().st_size:
            return  # a power cut took rows that the cache has: rows written since would be skipped
        self._offset = offset
        self._store = columns
        self._rows = self._cached = len(columns["step"])
        self.version += 1

    def _read_chunk(self, file: io.BufferedReader) -> bool:
        text = file.read(CHUNK)
        end = text.rfind(b"\n") + 1
        if not end:
            return False
        file.seek(self._offset + end)
        self._offset += end
        self.version += 1
        options = pyarrow.json.ReadOptions(use_threads=end > THREADS_FROM)
        table = pyarrow.json.read_json(pa.BufferReader(text[:end]), options)
        chunk = {name: table[name].cast(pa.float64()).to_numpy(zero_copy_only=False) for name in table.column_names}
        steps = chunk["step"]
        borders = [0, *(np.flatnonzero(steps[1:] <= steps[:-1]) + 1), len(steps)]
        for start, stop in itertools.pairwise(borders):
            self._append({name: values[start:stop] for name, values in chunk.items()})
        return True

    def _append(self, rows: dict[str, np.ndarray]) -> None:
        if "step" in self._store:
            self._rows = int(np.searchsorted(self._store["step"][: self._rows], rows["step"][0]))
        total = self._rows + len(rows["step"])
        for name in dict.fromkeys([*self._store, *rows]):
            self._grow(name, total)
            self._store[name][self._rows : total] = rows.get(name, np.nan)
        self._rows = total

    def _grow(self, name: str, total: int) -> None:
        """Make room for `total` values; doubling it keeps the cost of growing constant for each value."""
        old = self._store.get(name)
        if old is None or len(old) < total:
            new = np.full(max(total, 2 * self._rows, 1024), np.nan)
            if old is not None:
                new[: self._rows] = old[: self._rows]
            self._store[name] = new
