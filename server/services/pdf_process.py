"""Sets one PDF in a process of its own: the typesetter's threads do not outlive a fork, and a server forks its workers.

Reads {"template", "root", "fonts", "data", "at"} as JSON from standard input and writes the file to standard output.
"""

import json
import sys
from pathlib import Path

import typst


def main() -> None:
    wish = json.load(sys.stdin)
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=wish["fonts"])
    compiler = typst.Compiler(
        Path(wish["template"]).read_bytes(),
        root=wish["root"],
        font_paths=fonts,
        sys_inputs={"data": wish["data"]},
    )
    made = compiler.compile(format="pdf", timestamp=wish["at"])
    if not isinstance(made, bytes):
        raise TypeError("a PDF is one piece of bytes")
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
