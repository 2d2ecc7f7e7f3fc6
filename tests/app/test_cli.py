"""The command line as a shell runs it."""

import os
import subprocess
import sys


def test_output_that_nobody_reads_on_ends_it_without_a_trace() -> None:
    """`mainsight check | head -1` closes the pipe before everything is written."""
    read_end, write_end = os.pipe()
    os.close(read_end)
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mainsight.app", "check"], stdout=write_end, stderr=subprocess.PIPE, text=True, check=False
        )
    finally:
        os.close(write_end)
    assert (ended.returncode, ended.stderr) == (141, "")
