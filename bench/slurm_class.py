"""A class on a real array of jobs: Slurm with one node, as Debian packages it (slurm-wlm, munge).

    python -m bench.slurm_class [STUDENTS]

The recipe of docs/classes.md: each job of the array gathers a shard, one job judges. One shard is killed in the middle
and submitted again; it asks only what it had not, and the others are not run again. One shard is gathered twice, and
its students count once. The verdicts are compared with those of one process. Slurm runs as this user, on loopback, in a
temporary folder; needs root, because slurmd does.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.support.live_run import ROOT

SHARDS = 4
KILLED, TWICE = 2, 3
LATENCY = 0.08
CONFIG = """
ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
SlurmctldPort={controller}
SlurmdPort={daemon}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
NodeName={host} NodeAddr=127.0.0.1 CPUs={shards} State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


@contextlib.contextmanager
def slurm(folder: Path) -> Iterator[dict[str, str]]:
    """Start Slurm with one node; yield the environment of its commands."""
    for name in ("state", "spool"):
        (folder / name).mkdir()
    (folder / "munge.key").write_bytes(os.urandom(1024))
    (folder / "munge.key").chmod(0o600)
    host = socket.gethostname().partition(".")[0]
    controller, daemon = _free_port(), _free_port()
    config = CONFIG.format(
        host=host, folder=folder, user=getpass.getuser(), controller=controller, daemon=daemon, shards=SHARDS
    )
    (folder / "slurm.conf").write_text(config)
    (folder / "cgroup.conf").write_text("CgroupPlugin=cgroup/v1\n")
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
    munge = [f"--{name}={folder}/munge.{name.partition('-')[0]}" for name in ("key-file", "socket", "pid-file")]
    more = [f"--log-file={folder}/munge.log", f"--seed-file={folder}/munge.seed", "--foreground", "--force"]
    commands = (["munged", *munge, *more], ["slurmctld", "-D"], ["slurmd", "-D", "-N", host])
    with contextlib.ExitStack() as stack:
        for command in commands:
            log = stack.enter_context((folder / f"{command[0]}.out").open("w"))
            process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
            stack.callback(process.wait)
            stack.callback(process.terminate)
        _until(lambda: "idle" in _output(["sinfo", "-h", "-o", "%T"], environment), "the node is idle", folder)
        yield environment


def submit(environment: Mapping[str, str], folder: Path, command: str, *options: str) -> str:
    """Submit a job, or an array of jobs, and return its id."""
    where = [f"--chdir={ROOT}", f"--output={folder}/job-%A-%a.log", "--export=ALL"]
    return _output(["sbatch", "--parsable", *where, *options, "--wrap", command], environment).strip()


def wait(environment: Mapping[str, str], folder: Path, job: str) -> None:
    _until(lambda: not _output(["squeue", "-h", "-j", job], environment).strip(), f"job {job} is over", folder)


def asked(folder: Path) -> dict[str, str]:
    """Return the evidence of a folder: by account, the hash of the last record."""
    return {
        path.parent.name: json.loads(path.read_text().splitlines()[-1])["sha256"]
        for path in sorted(folder.glob("evidence/*/answers.jsonl"))
    }


def verdicts(folder: Path) -> dict[str, str]:
    results: dict[str, Any] = json.loads((folder / "results.json").read_text())
    return {each["student"]: each["verdict"] for each in results["accounts"]}


def main(students: int) -> int:
    with tempfile.TemporaryDirectory() as place, contextlib.ExitStack() as stack:
        folder = Path(place)
        options = ["--students", str(students), "--played", "--latency", str(LATENCY), "--seed", "7"]
        command = [sys.executable, "-m", "embedded", *options, "--roster", str(folder / "class.csv")]
        server = stack.enter_context(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        )
        stack.callback(server.terminate)
        assert server.stdout is not None
        endpoint = json.loads(server.stdout.readline())["endpoint"]
        (folder / "slurm").mkdir()
        environment = {**stack.enter_context(slurm(folder / "slurm")), "AWS_ENDPOINT_URL": endpoint}
        wrong = _try(environment, folder, students)
    print("\n".join(wrong) or "all as expected")
    return 1 if wrong else 0


def _try(environment: Mapping[str, str], folder: Path, students: int) -> list[str]:
    pytest = f"{shlex.quote(sys.executable)} -m pytest -q"
    live = f"{pytest} -m live --roster={folder}/class.csv --jobs=2"
    shard = f"{live} --shard=$SLURM_ARRAY_TASK_ID/{SHARDS} --reports={folder}/$SLURM_ARRAY_TASK_ID"
    began = time.perf_counter()
    job = submit(environment, folder, shard, f"--array=1-{SHARDS}")
    _until(lambda: bool(asked(folder / str(KILLED))), "the shard has asked an account", folder)
    _output(["scancel", "--signal=KILL", "--full", f"{job}_{KILLED}"], environment)
    wait(environment, folder, job)
    before = {number: asked(folder / str(number)) for number in range(1, SHARDS + 1)}
    wait(environment, folder, submit(environment, folder, shard, f"--array={KILLED}"))
    after = {number: asked(folder / str(number)) for number in range(1, SHARDS + 1)}
    twice = f"{live} --shard={TWICE}/{SHARDS} --reports={folder}/again"
    wait(environment, folder, submit(environment, folder, twice))
    places = [*map(str, range(1, SHARDS + 1)), "again"]
    replays = " ".join(f"--replay={folder}/{each}/evidence" for each in places)
    judging = submit(environment, folder, f"{pytest} {replays} --reports={folder}/judged --format=canvas")
    wait(environment, folder, judging)
    took = time.perf_counter() - began
    alone = f"{live} --reports={folder}/alone"
    subprocess.run(shlex.split(alone), env=environment, cwd=ROOT, check=False, capture_output=True)
    counts = [len(each) for each in after.values()]
    kept = len(before[KILLED])
    print(f"{students} students, {SHARDS} shards of {counts} accounts; one killed after {kept}, {took:.0f} s in all")
    others = [number for number in after if number != KILLED]
    facts = {
        "the killed shard had not asked all": kept < counts[KILLED - 1],
        "what it had asked is not asked again": before[KILLED].items() <= after[KILLED].items(),
        "the others are not run again": all(before[number] == after[number] for number in others),
        "each student counts once": sum(counts) == students == len(verdicts(folder / "judged")),
        "the verdicts are those of one process": verdicts(folder / "judged") == verdicts(folder / "alone"),
    }
    for fact, holds in facts.items():
        print(f"{'yes' if holds else 'NO '}  {fact}")
    return [fact for fact, holds in facts.items() if not holds]


def _output(command: list[str], environment: Mapping[str, str]) -> str:
    return subprocess.run(command, env=environment, text=True, capture_output=True, check=False).stdout


def _until(holds: Any, what: str, folder: Path, within: float = 300.0) -> None:
    ends = time.monotonic() + within
    while not holds():
        if time.monotonic() > ends:
            logs = "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.rglob("*.out"))
            raise TimeoutError(f"it did not come true that {what}\n{logs}")
        time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 24))
