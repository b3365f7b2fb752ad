"""Memory that a training frees is there for its next step."""

import platform
import subprocess
import sys

import pytest

from gan_core.training import process

FAULTS = """
import resource
from gan_core.training import process

def step():
    blocks = [bytearray(8 << 20) for _ in range(4)]

took = {took}
for _ in range(3):
    step()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    step()
print(took, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def faults(took: str) -> tuple[str, int]:
    """What `took` gives in a fresh process, and the pages it then fetches in ten steps of 32 MB."""
    command = [sys.executable, "-c", FAULTS.format(took=took)]
    said, pages = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return said, int(pages)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these options")
def test_a_step_fetches_no_pages_that_the_one_before_it_freed():
    if faults("None")[1] < 5_000:
        pytest.skip("this system has pages so large, or options of malloc such, that few are fetched anyway")
    took, pages = faults("process.keep_freed_memory()")
    assert took == "True"
    assert pages < 500


def test_other_systems_go_on_as_they_were(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert process.keep_freed_memory() is False
