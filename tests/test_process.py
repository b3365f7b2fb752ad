"""Memory that a training frees is there for its next step."""

import platform
import subprocess
import sys

import pytest

from gan_core.training import process

FAULTS = """
import resource
from gan_core.training import process

def faults():
    "The pages that ten steps of 32 MB fetch, after some to warm up."
    for step in range(13):
        if step == 3:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        blocks = [bytearray(8 << 20) for _ in range(4)]
        del blocks
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

print(faults(), process.keep_freed_memory(), faults())
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these options")
def test_a_step_fetches_no_pages_that_the_one_before_it_freed():
    done = subprocess.run([sys.executable, "-c", FAULTS], check=True, capture_output=True, text=True)
    before, took, after = done.stdout.split()
    if int(before) < 5_000:
        pytest.skip("this system has pages so large, or options of malloc such, that few are fetched anyway")
    assert took == "True"
    assert int(after) < 500


def test_other_systems_go_on_as_they_were(monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert process.keep_freed_memory() is False
