"""The planner in a process of its own: a worker that computes for minutes still tells that it lives, and is stopped."""

import json
import subprocess
import sys
from collections.abc import Generator
from typing import Any

from server.services.jobs import Report


def converse(module: str, question: object, report: Report) -> Generator[dict[str, Any], None, None]:
    """Run a module, give it one JSON object, and yield the objects that it says, a line each; nothing more when it
    ended early. It dies with this one, when the job is cancelled, and when nobody listens any more: close it."""
    process = subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    report.watch(process)
    try:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the planner's process has no pipes")
        try:
            json.dump(question, process.stdin)
            process.stdin.close()
        except BrokenPipeError:
            return
        for line in process.stdout:
            yield json.loads(line)
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
