"""Write the hash-locked lists anew: for every system, every Python from 3.11 on, naming no package host."""

from __future__ import annotations

from stamps import ROOT, VENV, run

LISTS = ("requirements", "requirements-node", "requirements-bench", "requirements-audit")


def main() -> None:
    for name in LISTS:
        if not (ROOT / f"{name}.in").is_file():
            continue
        run([
            VENV / "bin" / "uv", "pip", "compile", "--quiet", "--generate-hashes", "--universal",
            "--python-version", "3.11", "--no-emit-index-url", "--no-emit-find-links",
            "--custom-compile-command", "make lock", f"{name}.in", "-o", f"{name}.txt",
        ])  # fmt: skip


if __name__ == "__main__":
    main()
