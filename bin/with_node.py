"""Run a command in `pwa/` with the product's Node.js: `.venv/bin/python bin/with_node.py npm run dev`."""

from __future__ import annotations

import os
import sys

from set_up_node import PWA, node_environment
from stamps import stop

if __name__ == "__main__":
    if len(sys.argv) < 2:
        raise stop("say what to run, for example: bin/with_node.py npm run dev")
    environment = node_environment()
    os.chdir(PWA)
    os.execvpe(sys.argv[1], sys.argv[1:], environment)  # noqa: S606 -- no shell is wanted here
