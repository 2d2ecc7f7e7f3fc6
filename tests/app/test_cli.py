"""The command line as a shell runs it."""

import os
import signal
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


def test_ctrl_c_ends_it_with_a_word_and_without_a_trace() -> None:
    command = [sys.executable, "-m", "mainsight.app", "decode"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdin.write('{"id": 1, "topic": "a", "payload_b64": ""}\n')
        running.stdin.flush()
        assert running.stdout.readline(), "it is up, and waits for more"
        running.send_signal(signal.SIGINT)
        assert running.wait(20) == 130
        assert running.stderr.read() == "mainsight: interrupted\n"
