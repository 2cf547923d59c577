"""The main job as a whole process, beside the same number of bare boto3 calls on plain moto over HTTP.

    python -m bench.main_job [ROUNDS]

Both are started in turn, so that what else the machine does meets both alike. Medians are told; the ratio is theirs.
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
    """Seconds of a whole process. Raises `CalledProcessError` where it fails."""
    began = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - began


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        job = [sys.executable, "-m", "pytest", "-q", f"--reports={folder}"]
        timed(job)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        (answers,) = Path(folder).glob("evidence/*/answers.jsonl")
        told = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
        records = [each for each in told if "operation" in each]
        counts = Path(folder) / "counts.json"
        counts.write_text(json.dumps(Counter(record["operation"] for record in records)), encoding="utf-8")
        floor = [sys.executable, "-m", "bench.floor", str(counts)]
        timed(floor)
        jobs, floors = [], []
        for _ in range(rounds):
            jobs.append(timed(job))
            floors.append(timed(floor))
    job_seconds, floor_seconds = statistics.median(jobs), statistics.median(floors)
    print(f"{len(records)} calls, {rounds} rounds, medians")
    print(f"main job        {job_seconds:6.2f} s   peak memory {peak:.0f} MB")
    print(f"bare calls      {floor_seconds:6.2f} s   (plain moto over HTTP)")
    print(f"ratio           {job_seconds / floor_seconds:6.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 7)
