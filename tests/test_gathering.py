"""A class is asked concurrently, and one student never costs another."""

from __future__ import annotations

import dataclasses
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from embedded import BEHAVIOURS, EmbeddedAWS, Settings
from embedded.behaviour import Behaviour
from embedded.call import Answer, AwsError, Call
from fixtures.evidence import FILE
from fixtures.gathering import ACCOUNT_SECONDS, EARLIER, Gathering, Visit, gathered
from fixtures.names import Names
from fixtures.roster import Row, read
from fixtures.transport import Clients
from tests.test_patience import Clock

HEAD = "student,access_key_id,secret_access_key,session_token"
JOBS = 3


class Oddity:
    """A behaviour of one account that no student's should have; the account's number is set when it is known."""

    def __init__(self, act: Callable[[Call], Answer | None], service: str, *operations: str) -> None:
        self.account, self.behaviour = "", Behaviour("oddity")
        self.behaviour.gate(service, *operations)(lambda call: act(call) if call.account == self.account else None)


@contextmanager
def a_class(students: int, oddity: Oddity | None = None) -> Iterator[EmbeddedAWS]:
    behaviours = (oddity.behaviour, *BEHAVIOURS) if oddity else BEHAVIOURS
    with EmbeddedAWS(Settings(students=students, transition=0), behaviours=behaviours) as aws:
        if oddity:
            oddity.account = aws.students[0].account
        yield aws


def rows(aws: EmbeddedAWS, folder: Path, *more: str) -> list[Row]:
    path = folder / "class.csv"
    lines = [f"{s.student},{s.access_key_id},{s.secret_access_key},{s.session_token}" for s in aws.students]
    path.write_text("\n".join([HEAD, *lines, *more]) + "\n")
    return read(path)


def asked(
    aws: EmbeddedAWS,
    folder: Path,
    rows: list[Row],
    only: list[Row] | None = None,
    told: Callable[[Visit], object] = lambda visit: None,
    clock: Callable[[], float] = time.time,
    jobs: int = JOBS,
    **limits: int,
) -> None:
    """Gather these rows, or some of them."""
    clients = Clients(endpoint=aws.endpoint, connections=jobs, **limits)
    gathering = Gathering(folder / "evidence", rows, Names(), clients, header, clock=clock)
    gathering.gather(rows if only is None else only, jobs, told)


def header(row: Row) -> dict[str, object]:
    begun = {"run": "r1", "target": "live", "mode": "grade", "started": time.time(), "region": row.region}
    return {**begun, "names": vars(Names()), "student": row.student, "person": {}}


def to_ask(folder: Path, rows: list[Row], names: Names | None = None) -> list[str]:
    """The students who would be asked by the same command again."""
    gathering = Gathering(folder / "evidence", rows, names or Names(), Clients(), header)
    return [row.student for row in gathering.to_ask()]


def refusals(folder: Path) -> dict[str, str]:
    """Why each student's account is not judged, from the evidence; empty where it is."""
    return {student: (each.refused or ("",))[0] for student, each in gathered(folder / "evidence").items()}


def test_an_account_that_hangs_keeps_nobody_waiting(tmp_path):
    """All others are done before it."""
    released, done = threading.Event(), []

    def hang(call: Call) -> None:
        released.wait(15)

    def told(visit: Visit) -> None:
        done.append(visit.row.student)
        if len(done) == 5:
            released.set()

    with a_class(6, Oddity(hang, "sts", "GetCallerIdentity")) as aws:
        asked(aws, tmp_path, rows(aws, tmp_path), told=told)
        assert done[-1] == aws.students[0].student
    assert set(refusals(tmp_path).values()) == {""}


def test_an_account_that_never_answers_is_an_error_of_its_row(tmp_path):
    """In the time of one call, whatever it is asked."""
    released = threading.Event()

    def hang(call: Call) -> None:
        released.wait(15)

    with a_class(2, Oddity(hang, "kms", "DescribeKey")) as aws:
        asked(aws, tmp_path, rows(aws, tmp_path), seconds=1, attempts=2)
        released.set()
    why = refusals(tmp_path)
    assert "got no answer: ReadTimeoutError" in why[aws.students[0].student]
    assert why[aws.students[1].student] == ""


def test_an_account_that_never_comes_to_an_end_is_left(tmp_path):
    """A history of endless pages ends with the time that an account has."""
    clock = Clock()

    def endless(call: Call) -> Answer:
        clock.sleep(ACCOUNT_SECONDS / 3)
        told = json.dumps({"Events": [], "NextToken": call.request_id})
        return Answer(200, {"content-type": "application/x-amz-json-1.1"}, told.encode())

    with a_class(1, Oddity(endless, "cloudtrail", "LookupEvents")) as aws:
        asked(aws, tmp_path, rows(aws, tmp_path), clock=clock)
    (why,) = refusals(tmp_path).values()
    assert why == "cloudtrail:LookupEvents was not asked: the time for this account is over"


def test_an_account_that_answers_nonsense_is_an_error_of_its_row(tmp_path):
    """What nobody thought of is a fault of ours, for that student alone."""

    def nonsense(call: Call) -> Answer:
        return Answer(
            200,
            {"content-type": "text/xml"},
            b"<ListAllMyBucketsResult><Buckets><Bucket/></Buckets></ListAllMyBucketsResult>",
        )

    with a_class(2, Oddity(nonsense, "s3", "ListBuckets")) as aws:
        asked(aws, tmp_path, rows(aws, tmp_path))
    why = refusals(tmp_path)
    assert why[aws.students[0].student] == "KeyError while gathering"
    assert why[aws.students[1].student] == ""


def test_one_account_of_two_students_is_refused_to_both(tmp_path):
    """Whichever was asked first, and also where one of them was asked long before."""
    with a_class(2) as aws:
        first, other = aws.students
        alone = rows(aws, tmp_path)
        asked(aws, tmp_path, alone)
        assert set(refusals(tmp_path).values()) == {""}
        keys = f"{first.access_key_id},{first.secret_access_key},{first.session_token}"
        both = rows(aws, tmp_path, f"cuckoo,{keys}")
        asked(aws, tmp_path, both, [row for row in both if row.student == "cuckoo"])
        why = refusals(tmp_path)
        assert f"account {first.account} is also that of cuckoo" in why[first.student]
        assert f"account {first.account} is also that of {first.student}" in why["cuckoo"]
        assert why[other.student] == ""
        asked(aws, tmp_path, alone)
        assert refusals(tmp_path)[first.student] == ""


def test_what_was_seen_before_is_not_lost(tmp_path):
    """Asked again in vain, a student is an error; the earlier evidence stays, under another name."""
    with a_class(1) as aws:
        good = rows(aws, tmp_path)
        asked(aws, tmp_path, good)
        path = tmp_path / "class.csv"
        path.write_text(path.read_text().replace(aws.students[0].secret_access_key, "wrong"))
        asked(aws, tmp_path, read(path))
    (why,) = refusals(tmp_path).values()
    assert "SignatureDoesNotMatch" in why
    assert (tmp_path / "evidence" / aws.students[0].account / EARLIER).is_file()


@pytest.mark.parametrize("jobs", [1, 8])
def test_students_whose_keys_were_swapped_have_each_their_own_evidence(jobs, tmp_path):
    """The place of one's former evidence is that of another's new one."""
    with a_class(4) as aws:
        mixed_up = rows(aws, tmp_path)
        one, two, *_ = mixed_up
        mixed_up[:2] = dataclasses.replace(one, way=two.way), dataclasses.replace(two, way=one.way)
        asked(aws, tmp_path, mixed_up)
        asked(aws, tmp_path, rows(aws, tmp_path), jobs=jobs)
        found = gathered(tmp_path / "evidence")
        assert {student: each.account for student, each in found.items()} == {
            each.student: each.account for each in aws.students
        }
        assert set(refusals(tmp_path).values()) == {""}
        assert len(list((tmp_path / "evidence").rglob("*.jsonl"))) == 4


CHANGES = {
    "account": lambda row: dataclasses.replace(row, account="000000000000"),
    "region": lambda row: dataclasses.replace(row, region="eu-west-1"),
}


def test_who_is_looked_for_otherwise_is_asked_again(tmp_path):
    """Another account or region in the roster, or other names: what was gathered says nothing of these."""
    with a_class(2) as aws:
        one, two = rows(aws, tmp_path)
        asked(aws, tmp_path, [one, two])
        (tmp_path / "evidence" / aws.students[0].account).rename(tmp_path / "evidence" / "the first")
        known = dataclasses.replace(one, account=aws.students[0].account)
        assert to_ask(tmp_path, [known, two]) == []
        for change in CHANGES.values():
            assert to_ask(tmp_path, [one, change(two)]) == [two.student]
        assert to_ask(tmp_path, [one, two], Names(alias="alias/Another")) == [one.student, two.student]


DAMAGES = {
    "cut off": lambda told: told[:-1],
    "cut off within a record": lambda told: [*told[:-1], told[-1][:20]],
    "changed": lambda told: [*told[:3], told[3].replace('"status":', '"status":1'), *told[4:]],
    "no text": lambda told: [*told[:3], "\xff", *told[4:]],
    "empty": lambda told: [],
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_damaged_is_asked_again(damage, tmp_path):
    """It counts as not gathered."""
    with a_class(2) as aws:
        both = rows(aws, tmp_path)
        asked(aws, tmp_path, both)
        path = tmp_path / "evidence" / aws.students[0].account / FILE
        told = DAMAGES[damage](path.read_text().splitlines())
        path.write_text("".join(f"{line}\n" for line in told), encoding="latin-1")
        assert to_ask(tmp_path, both) == [both[0].student]
        asked(aws, tmp_path, both, both[:1])
        assert to_ask(tmp_path, both) == []


def test_throttles_are_counted(tmp_path):
    """How often AWS asked for patience, whoever's account it was."""
    seen = iter(range(100))

    def throttle(call: Call) -> None:
        if next(seen) % 2 == 0:
            raise AwsError("ThrottlingException", "Rate exceeded")

    with a_class(1, Oddity(throttle, "kms", "DescribeKey")) as aws:
        clients = Clients(endpoint=aws.endpoint)
        (row,) = rows(aws, tmp_path)
        assert row.transport(clients).call("kms", "DescribeKey", {"KeyId": "alias/none"})["code"] == "NotFoundException"
        assert clients.throttles == 1


def test_what_one_account_is_throttled_costs_no_other_its_patience(tmp_path, monkeypatch):
    """Clients are shared, but not a quota of retries."""
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    moods = {}

    def throttle(call: Call) -> None:
        moods[call.account] = moods.get(call.account, 0) + 1
        if call.account == throttled or moods[call.account] == 1:
            raise AwsError("ThrottlingException", "Rate exceeded")

    behaviour = Behaviour("moods")
    behaviour.gate("kms", "DescribeKey")(throttle)
    with EmbeddedAWS(Settings(students=2, transition=0), behaviours=(behaviour, *BEHAVIOURS)) as aws:
        throttled = aws.students[0].account
        clients = Clients(endpoint=aws.endpoint, attempts=2)
        bad, good = (row.transport(clients) for row in rows(aws, tmp_path))
        asked = {"KeyId": "alias/none"}
        assert {bad.call("kms", "DescribeKey", asked)["code"] for _ in range(150)} == {"ThrottlingException"}
        assert good.call("kms", "DescribeKey", asked)["code"] == "NotFoundException"


@pytest.fixture
def profiles(tmp_path, monkeypatch) -> Callable[[EmbeddedAWS], None]:
    """Writes the students' profiles, and signs the grader in as the first student."""

    def write(aws: EmbeddedAWS) -> None:
        lines = []
        for student in aws.students:
            lines += [f"[{student.student}]", f"aws_access_key_id={student.access_key_id}"]
            lines += [
                f"aws_secret_access_key={student.secret_access_key}",
                f"aws_session_token={student.session_token}",
            ]
        path = tmp_path / "credentials"
        path.write_text("\n".join(lines) + "\n")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(path))
        monkeypatch.setenv("AWS_PROFILE", aws.students[0].student)

    return write


def test_every_way_in_is_taken(tmp_path, profiles):
    """A profile, a role with an external id, a pasted block, and keys."""
    with a_class(4) as aws:
        profiles(aws)
        named, assumed, pasted, keyed = aws.students
        trust = {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{named.account}:root"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"sts:ExternalId": "term-1"}},
        }
        admin = rows(aws, tmp_path)[1].transport(Clients(endpoint=aws.endpoint))
        policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        role = admin.call("iam", "CreateRole", {"RoleName": "grader", "AssumeRolePolicyDocument": policy})
        everything = [{"Effect": "Allow", "Action": "*", "Resource": "*"}]
        allowed = json.dumps({"Version": "2012-10-17", "Statement": everything})
        admin.call("iam", "PutRolePolicy", {"RoleName": "grader", "PolicyName": "all", "PolicyDocument": allowed})
        (tmp_path / "pasted.txt").write_bytes(
            f"[default]\r\naws_access_key_id={pasted.access_key_id}\r\naws_secret_access_key={pasted.secret_access_key}\r\n"
            f"aws_session_token={pasted.session_token}\r\n".encode("utf-8-sig")
        )
        path = tmp_path / "mixed.csv"
        path.write_text(
            f"{HEAD},profile,role_arn,external_id,credentials_file,account\n"
            f"ann,,,,{named.student},,,,{named.account}\n"
            f"bo,,,,,{role['body']['Role']['Arn']},term-1,,{assumed.account}\n"
            f"cy,,,,,,,pasted.txt,{pasted.account}\n"
            f"di,{keyed.access_key_id},{keyed.secret_access_key},{keyed.session_token},,,,,{keyed.account}\n"
            f"ed,,,,,{role['body']['Role']['Arn']},term-2,,{assumed.account}\n"
            f"flo,,,,nobody,,,,\n"
        )
        asked(aws, tmp_path, read(path))
    why = refusals(tmp_path)
    assert [why[name] for name in ("ann", "bo", "cy", "di")] == [""] * 4
    assert "AssumeRole was answered AccessDenied" in why["ed"]
    assert "The config profile (nobody) could not be found" in why["flo"]
