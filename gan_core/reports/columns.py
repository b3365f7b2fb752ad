"""The logged series of several runs as CSV and JSON, for other programs."""

import io
import json
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.csv

from gan_core.runs.series import AXES

Histories = Mapping[str, Mapping[str, np.ndarray]]
"""The columns of each run by its name, each (rows,), NaN where a row lacks the value."""


def to_csv(runs: Histories, names: Sequence[str]) -> bytes:
    """CSV with a row for each logged step: run, step, images, seconds and the series `names`; empty for NaN."""
    head = [name for name in [*AXES, *names] if any(name in columns for columns in runs.values())]
    parts = []
    for run, columns in runs.items():
        count = len(columns["step"])
        cells: dict[str, pa.Array] = {"run": pa.array([run] * count, pa.string())}
        for name in head:
            values = columns.get(name, np.full(count, np.nan))
            cells[name] = pa.array(values, pa.float64(), from_pandas=True)
        for name in set(head) & {"step", "images"}:
            cells[name] = cells[name].cast(pa.int64())
        parts.append(pa.table(cells))
    out = io.BytesIO()
    pyarrow.csv.write_csv(pa.concat_tables(parts), out, pyarrow.csv.WriteOptions(quoting_style="needed"))
    return out.getvalue()


def to_json(runs: Histories, names: Sequence[str]) -> str:
    """JSON, `{run: {column: [values]}}`, with the same columns; null for NaN."""
    return json.dumps(
        {
            run: {name: _plain(columns[name]) for name in [*AXES, *names] if name in columns}
            for run, columns in runs.items()
        }
    )


def _plain(values: np.ndarray) -> list[float | int | None]:
    return [None if not np.isfinite(v) else int(v) if v == int(v) and abs(v) < 2**53 else v for v in values.tolist()]
