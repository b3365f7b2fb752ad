"""Tables and series as files, by value: Markdown, CSV, LaTeX and JSON."""

import csv
import io
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_core.reports import columns, table
from gan_core.system import text

HEAD = ["Run", "Loss & more", "Steps", "Best"]
ROWS = [["00001-dcgan_x", 0.51234, 1200, "6.5 ± 0.1"], ["50% <b>", None, 7, "a|b"]]


def test_markdown_by_value():
    assert table.to_markdown(HEAD, ROWS) == (
        "| Run | Loss & more | Steps | Best |\n"
        "| --- | --- | --- | --- |\n"
        "| 00001-dcgan_x | 0.512 | 1,200 | 6.5 ± 0.1 |\n"
        "| 50% &lt;b> | – | 7 | a\\|b |\n"
    )


def test_latex_by_value():
    assert table.to_latex(HEAD, ROWS) == (
        "\\begin{tabular}{lrrl}\n\\toprule\n"
        "Run & Loss \\& more & Steps & Best \\\\\n\\midrule\n"
        "00001-dcgan\\_x & 0.512 & 1,200 & 6.5 $\\pm$ 0.1 \\\\\n"
        "50\\% \\textless{}b\\textgreater{} & -- & 7 & a|b \\\\\n"
        "\\bottomrule\n\\end{tabular}\n"
    )


def test_csv_by_value():
    assert table.to_csv(HEAD, ROWS) == (
        "Run,Loss & more,Steps,Best\r\n00001-dcgan_x,0.51234,1200,6.5 ± 0.1\r\n50% <b>,,7,a|b\r\n"
    )
    assert table.to_csv(["a"], [["=1+1"], ['say "x", y'], [-3.5]]) == 'a\r\n\'=1+1\r\n"say ""x"", y"\r\n-3.5\r\n'


@pytest.mark.parametrize("sign", list("\\&%$#_{}~^<>"))
def test_every_sign_of_latex_is_escaped(sign):
    body = table.to_latex(["x"], [[f"a{sign}b"]]).splitlines()[4]
    inside = body.removeprefix("a").removesuffix("b \\\\")
    assert inside == text.LATEX[sign] and inside != sign


@given(
    st.lists(
        st.lists(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00\r")), min_size=2, max_size=2)
    )
)
def test_csv_gives_back_any_text(rows):
    read = list(csv.reader(io.StringIO(table.to_csv(["a", "b"], rows), newline="")))
    assert read[0] == ["a", "b"]
    assert [[cell.removeprefix("'") for cell in row] for row in read[1:]] == [
        [cell.removeprefix("'") for cell in row] for row in rows
    ]


@given(st.lists(st.text(), min_size=1, max_size=4))
def test_a_row_stays_one_line_of_as_many_cells(cells):
    assert len(table.to_markdown(cells, [cells]).splitlines()) == 3
    latex = table.to_latex(["x"] * len(cells), [cells])
    assert latex.count("\n") == 7 and latex.splitlines()[4].count(" & ") >= len(cells) - 1


RUNS = {
    "one": {"step": np.array([1.0, 2.0]), "images": np.array([64.0, 128.0]), "loss/d": np.array([0.5, np.nan])},
    "two": {"step": np.array([1.0]), "images": np.array([64.0]), "loss/d": np.array([1.25]), "d/x": np.array([3.0])},
}


def test_series_as_csv_by_value():
    assert columns.to_csv(RUNS, ["loss/d", "d/x", "none"]).decode() == (
        '"run","step","images","loss/d","d/x"\n"one",1,64,0.5,\n"one",2,128,,\n"two",1,64,1.25,3\n'
    )


def test_series_as_json_by_value():
    assert json.loads(columns.to_json(RUNS, ["loss/d", "d/x"])) == {
        "one": {"step": [1, 2], "images": [64, 128], "loss/d": [0.5, None]},
        "two": {"step": [1], "images": [64], "loss/d": [1.25], "d/x": [3]},
    }
