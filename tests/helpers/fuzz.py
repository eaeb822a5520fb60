"""Fuzz a door of the program, guided by coverage: `uv run poe fuzz [TARGET [SECONDS]]`; all doors if none is named.

A content that ends in a traceback is kept in `tests/corpus/TARGET`, where the tests try it again.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
INSTRUMENTED = [
    "sim.scenario", "sim.country", "sim.page.visit", "sim.page.server", "sim.studies.experiment", "sim.studies.factors",
    "sim.studies.manifest", "sim.studies.claim", "sim.studies.status", "sim.studies.merging", "sim.studies.results",
    "sim.inference.calibration_file", "sim.system", "ruamel.yaml",
]  # fmt: skip
LONGEST = 8_000
DOORS = ["scenario", "experiment", "country", "address", "manifest"]


def fuzz(name: str, seconds: int) -> None:
    """Fuzz a door in this process, which ends with it."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        from fuzz_targets import CORPUS, TARGETS, attempt_all, words
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as folder:
        seeds, place, book = (Path(folder) / one for one in ("seeds", "place", "words"))
        seeds.mkdir()
        place.mkdir()
        for number, content in enumerate(target.seeds()):
            (seeds / f"seed-{number}").write_bytes(content)
        book.write_text("".join(f'"{"".join(f"\\x{byte:02x}" for byte in word.encode())}"\n' for word in words()))
        kept = CORPUS / name
        attempt, tried = target.prepare(place), 0

        def once(content: bytes) -> None:
            nonlocal tried
            tried += 1
            try:
                attempt_all(attempt, content)
            except Exception:
                kept.mkdir(parents=True, exist_ok=True)
                (kept / hashlib.sha256(content).hexdigest()[:12]).write_bytes(content)
                traceback.print_exc()
                raise

        options = [f"-max_total_time={seconds}", f"-max_len={LONGEST}", f"-dict={book}", "-rss_limit_mb=3000",
                   "-timeout=60", f"-artifact_prefix={folder}/", "-print_final_stats=1"]  # fmt: skip
        atheris.Setup([sys.argv[0], *options, str(seeds), *([str(kept)] if kept.is_dir() else [])], once)
        atheris.Fuzz()


def main(arguments: list[str]) -> None:
    """Fuzz one door, or each door in a process of its own."""
    if len(arguments) == 2 and arguments[0] != "all":
        fuzz(arguments[0], int(arguments[1]))
        return
    names = (
        arguments[:1]
        if arguments and arguments[0] != "all"
        else ["scenario", "experiment", "country", "address", "manifest"]
    )
    seconds = arguments[1] if len(arguments) > 1 else "240"
    codes = [subprocess.run([sys.executable, __file__, name, seconds], check=False).returncode for name in names]
    raise SystemExit(max(map(abs, codes)))


if __name__ == "__main__":
    main(sys.argv[1:])
