"""The main job as a whole process, compared with the same number of bare boto3 calls on plain moto over HTTP.

    python -m bench.main_job [ROUNDS]

Both run in turn, so that other load affects both alike. The figures are medians.
"""

from __future__ import annotations

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parent.parent


def timed(command: list[str]) -> float:
    """Return the seconds of a whole process. Exits with its last line if it fails."""
    began = time.perf_counter()
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip().rpartition("\n")[2]
        sys.exit(f"{' '.join(command[1:4])} ended with {ended.returncode}: {said} (bench needs requirements-dev.txt)")
    return time.perf_counter() - began


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        job = [sys.executable, "-m", "pytest", "-q", f"--reports={folder}"]
        timed(job)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        (answers,) = Path(folder).glob("evidence/*/answers.jsonl")
        lines = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
        records = [each for each in lines if "operation" in each]
        counts = Path(folder) / "counts.json"
        counts.write_text(json.dumps(Counter(record["operation"] for record in records)), encoding="utf-8")
        bare = [sys.executable, "-m", "bench.bare_calls", str(counts)]
        timed(bare)
        jobs, bare_runs = [], []
        for _ in range(rounds):
            jobs.append(timed(job))
            bare_runs.append(timed(bare))
    job_seconds, bare_seconds = statistics.median(jobs), statistics.median(bare_runs)
    print(f"{len(records)} calls, {rounds} rounds, medians")
    print(f"main job        {job_seconds:6.2f} s   peak memory {peak:.0f} MB")
    print(f"bare calls      {bare_seconds:6.2f} s   (plain moto over HTTP)")
    print(f"ratio           {job_seconds / bare_seconds:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
