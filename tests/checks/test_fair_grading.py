"""Grading changes nothing, needs few calls and permissions, and fails nobody whose account it could not query."""

from __future__ import annotations

import dataclasses
import json
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from embedded.audit.history import EventStore
from embedded.core.behaviours import EVERY_SERVICE, Behaviour
from embedded.core.credentials import Student
from embedded.core.errors import AwsError
from embedded.core.request import ApiRequest
from embedded.practice.console_user import ConsoleUser
from embedded.practice.tasks import TASKS, in_turn
from fixtures.aws.account import Account
from fixtures.aws.errors import ReadOnlyViolation
from fixtures.aws.evidence import Evidence
from tests.checks.policy_steps import add_deny
from tests.checks.student_steps import by_the_handout
from tests.support.checks_run import ROOT, ChecksRun
from tests.support.students import Class

POLICY = json.loads((ROOT / "docs" / "iam" / "grade.json").read_text(encoding="utf-8"))
ACTIONS = tuple(
    action
    for each in POLICY["Statement"]
    if each["Sid"] != "IfItIsAllowed"  # what says more, and is not needed
    for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
)
SERVICES = ("kms", "s3", "ec2", "cloudtrail", "sts", "iam", "ssm", "s3control")
READS = ("Get", "Head", "List", "Describe", "Lookup")
HANDS_OUT = {"GetSessionToken", "GetFederationToken", "GetParametersForImport"}
OPERATIONS = [
    (service, operation)
    for service in SERVICES
    for operation in botocore.session.get_session().get_service_model(service).operation_names
]


REFUSED: dict[str, AwsError] = {}
"""Errors that AWS returns for a service or for one operation."""
REFUSING = Behaviour("refusing")


@REFUSING.intercept(EVERY_SERVICE)
def refuse(request: ApiRequest) -> None:
    for name in (request.service, f"{request.service}:{request.operation}"):
        if name in REFUSED:
            raise REFUSED[name]


@pytest.fixture(scope="module")
def students() -> Iterator[Class]:
    with Class.open(len(ACTIONS) + 20, REFUSING) as began:
        yield began


@pytest.fixture
def refused() -> Iterator[dict[str, AwsError]]:
    yield REFUSED
    REFUSED.clear()


# Read-only


class Sent:
    """A transport that notes the operations sent."""

    region = "us-east-1"

    def __init__(self) -> None:
        self.operations: list[str] = []

    def call(self, service: str, operation: str, params: Any) -> dict[str, Any]:
        self.operations.append(operation)
        return {"status": 200, "code": "", "message": "", "request_id": "", "body": {}}

    def get(self, bucket: str, key: str, link: str) -> dict[str, Any]:
        raise AssertionError


@given(st.sampled_from(OPERATIONS))
def test_only_reads_are_sent(name: tuple[str, str]):
    """Of all operations of these services, a graded account sends only reads."""
    sent = Sent()
    account = Account(sent, Evidence(), read_only=True)
    service, operation = name
    if operation.startswith(READS) and operation not in HANDS_OUT:
        account.call(service, operation)
        assert sent.operations == [operation]
    else:
        with pytest.raises(ReadOnlyViolation):
            account.call(service, operation)
        assert sent.operations == []


@given(st.text(max_size=30) | st.builds("{0[1]}{1}".format, st.sampled_from(OPERATIONS), st.text(max_size=3)))
def test_an_operation_of_another_name_is_not_sent(operation: str):
    """Only names of reads are."""
    sent = Sent()
    try:
        Account(sent, Evidence(), read_only=True).call("kms", operation)
    except ReadOnlyViolation:
        assert sent.operations == []
    else:
        assert operation.startswith(READS)


def test_grading_leaves_the_account_as_it_was(students: Class, tmp_path):
    """A whole run leaves no event that is not a read."""
    student = students.work(by_the_handout).student
    before = writes(students, student)
    assert students.grade(tmp_path, student).exit_code == 0
    assert writes(students, student) == before


def writes(students: Class, student: Student) -> list[str]:
    aws = students.aws
    shown = aws.state(EventStore).visible(student.account, aws.settings.region, aws.now() + 60, 0)
    return [event.record["eventID"] for event in shown if event.record["readOnly"] in (False, "false")]


# The least policy


def role_with(students: Class, student: Student, statements: list[dict[str, Any]], name: str = "grader") -> Student:
    """Return the credentials of a role in the student's account with this policy only."""
    user = students.aws.console_user(student, minutes_ago=2)
    who = {"Effect": "Allow", "Principal": {"AWS": student.account}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [who]})
    arn = user.call("iam", "create_role", RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    user.call("iam", "put_role_policy", RoleName=name, PolicyName="grade", PolicyDocument=document)
    given = user.call("sts", "assume_role", RoleArn=arn, RoleSessionName="grading")["Credentials"]
    return dataclasses.replace(
        student,
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )


def without(action: str) -> list[dict[str, Any]]:
    kept = [each for each in ACTIONS if each != action]
    return [{"Effect": "Allow", "Action": kept, "Resource": "*"}]


def test_the_policy_is_enough(students: Class, tmp_path):
    """A role with `docs/iam/grade.json` only can grade a finished account."""
    grader = role_with(students, students.work(by_the_handout).student, POLICY["Statement"])
    run = students.grade(tmp_path, grader)
    assert run.not_passed == {}, hints(run)
    assert run.results["accounts"][0]["score"] == {"earned": 100, "possible": 100, "ungraded": 0}


def test_some_actions_are_not_needed(students: Class, tmp_path):
    """Without them, a finished account still gets all its points."""
    statements = [{"Effect": "Allow", "Action": [*ACTIONS], "Resource": "*"}]
    run = students.grade(tmp_path, role_with(students, students.work(by_the_handout).student, statements))
    assert run.not_passed == {}, hints(run)


def hints(run: ChecksRun) -> set[str]:
    """Return what to do about the checks that did not pass: the missing actions."""
    checks = [check for objective in run.results["accounts"][0]["objectives"] for check in objective["checks"]]
    return {check["hint"] for check in checks if check["verdict"] != "pass"}


@pytest.mark.parametrize("action", ACTIONS)
def test_a_missing_action_is_named(students: Class, action: str, tmp_path):
    """Nothing is judged, no points are lost, and the hint names the action."""
    steps = by_the_handout
    if action == "s3:ListBucket":
        # Only with this right does S3 say of an object that it is not there.
        steps = in_turn(by_the_handout, lambda user: user.delete_object())
    grader = role_with(students, students.work(steps).student, without(action))
    nothing_is_judged(
        students.grade(tmp_path, grader),
        f"Allow {action}" if action != "s3:ListBucket" else action,
        reason="denied",
    )


def test_a_key_policy_that_keeps_the_grader_out_hides_the_key_only(students: Class, tmp_path):
    """What needs no key is judged."""
    user = students.work(by_the_handout)
    add_deny(user, ArnNotEquals={"aws:PrincipalArn": user.role})
    run = students.grade(tmp_path, role_with(students, user.student, POLICY["Statement"]))
    assert set(run.not_passed.values()) == {"error"}
    passed = {"bucket-name", "object-name", "sse-kms", "object-made-public", "public-link-now", "volume-encrypted"}
    assert passed <= {check for check, verdict in run.checks.items() if verdict == "pass"}
    assert hints(run) == {"Have this statement removed from the key policy, or use credentials that it lets pass."}


def test_all_missing_actions_are_named_at_once(students: Class, tmp_path):
    """One run names every missing action."""
    kept = [each for each in ACTIONS if each not in ("cloudtrail:LookupEvents", "ec2:DescribeVolumes")]
    statements = [{"Effect": "Allow", "Action": kept, "Resource": "*"}]
    run = students.grade(tmp_path, role_with(students, students.work(by_the_handout).student, statements))
    nothing_is_judged(run, "Allow cloudtrail:LookupEvents", "Allow ec2:DescribeVolumes", reason="denied")


# Fair


def nothing_is_judged(run: ChecksRun, *words: str, reason: str) -> None:
    """Assert that every check is an error for this reason with these words in its hint, and that no points are earned
    or lost.
    """
    assert set(run.checks.values()) == {"error"}
    assert run.exit_code == 6
    (account,) = run.results["accounts"]
    assert account["verdict"] == "error"
    assert account["score"] == {"earned": 0, "possible": 100, "ungraded": 100}
    for objective in account["objectives"]:
        for check in objective["checks"]:
            assert all(text in check["hint"] for text in words), check
            assert check["reason"] == reason


def test_expired_credentials(students: Class, tmp_path):
    """They say nothing about the account."""
    student = students.work(by_the_handout).student
    credential = students.aws.credentials.find(student.access_key_id)
    assert credential
    expired = dataclasses.replace(credential, expires=students.aws.now() - 60)
    students.aws.credentials._credentials[student.access_key_id] = expired  # noqa: SLF001  # no request makes credentials expire
    nothing_is_judged(students.grade(tmp_path, student), "expired or wrong", "Fetch new ones", reason="expired")


@pytest.mark.parametrize(
    "wrong",
    [{"secret_access_key": "x" * 40}, {"access_key_id": "ASIA" + "X" * 16}, {"session_token": "nonsense"}],
    ids=["secret", "key id", "token"],
)
def test_wrong_credentials(students: Class, wrong: dict[str, str], tmp_path):
    """They say nothing about the account."""
    student = dataclasses.replace(students.work(by_the_handout).student, **wrong)
    nothing_is_judged(students.grade(tmp_path, student), "expired or wrong", reason="expired")


def test_no_credentials(students: Class, tmp_path):
    """The hint says so."""
    student = dataclasses.replace(
        students.work(in_turn()).student, access_key_id="", secret_access_key="", session_token=""
    )
    nothing_is_judged(
        students.grade(tmp_path, student, AWS_EC2_METADATA_DISABLED="true"), "credentials", reason="expired"
    )


def test_the_session_ended(students: Class, tmp_path):
    """The lab attaches `voc-cancel-cred` to its role, which denies everything (LAB-03)."""
    user = students.work(by_the_handout)
    deny = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    made = user.call("iam", "create_policy", PolicyName="voc-cancel-cred", PolicyDocument=json.dumps(deny))
    user.call("iam", "attach_role_policy", RoleName="voclabs", PolicyArn=made["Policy"]["Arn"])
    nothing_is_judged(
        students.grade(tmp_path, user.student), "session has ended", "Start the lab again", reason="expired"
    )


@pytest.mark.parametrize("service", ["sts", "cloudtrail", "ec2"])
def test_throttled_in_every_attempt(students: Class, service: str, refused: dict[str, AwsError], tmp_path, monkeypatch):
    """At the first call or at a later one."""
    student = students.work(by_the_handout).student
    refused[service] = AwsError("ThrottlingException", "Rate exceeded")
    monkeypatch.setattr("botocore.endpoint.time", no_waiting)
    nothing_is_judged(students.grade(tmp_path, student), "throttling", "Wait a few minutes", reason="throttled")


def test_an_unexpected_response(students: Class, refused: dict[str, AwsError], tmp_path):
    """It affects the checks that need it, and no others."""
    student = students.work(by_the_handout).student
    refused["s3:GetObjectAcl"] = AwsError("Unheard", "of", 409)
    run = students.grade(tmp_path, student)
    assert run.not_passed == {"object-made-public": "error"}
    assert run.exit_code == 6


def test_unreachable(students: Class, tmp_path, monkeypatch):
    """Nothing listens at this address."""
    student = students.work(in_turn()).student
    monkeypatch.setattr("botocore.endpoint.time", no_waiting)
    run = students.grade(tmp_path, student, AWS_ENDPOINT_URL="http://127.0.0.1:9")
    nothing_is_judged(run, "AWS_ENDPOINT_URL", reason="unreachable")


no_waiting = types.SimpleNamespace(sleep=lambda seconds: None)
"""Replaces botocore's clock between attempts."""


# Names


def test_the_labs_role_may_be_a_user_or_have_a_path(students: Class, tmp_path):
    """`--lab-role` takes the name of either; the key policy is not asked for another."""

    def for_a_user(user: ConsoleUser) -> None:
        arn = user.call("iam", "create_user", UserName="ann", Path="/team/")["User"]["Arn"]
        policy = json.loads(json.dumps(user.console_policy()).replace(user.role, arn))
        user.create_key(policy=policy)
        in_turn(*TASKS[1:])(user)

    student = students.work(for_a_user).student
    assert students.grade(tmp_path, student, "--lab-role=ann").not_passed == {}
    assert students.grade(tmp_path, student).not_passed == {"administrators": "fail", "users": "fail"}


def test_a_role_that_is_nowhere_is_told(students: Class, tmp_path):
    """It is the grader's mistake, and not the student's."""
    run = students.grade(tmp_path, students.work(by_the_handout).student, "--lab-role=vocalbs")
    assert run.not_passed == {"administrators": "error", "users": "error"}
    assert hints(run) == {"Name the lab's role with --lab-role or in rubric.toml, and grade again."}


# Few calls


def test_a_finished_account_costs_few_calls(students: Class, tmp_path):
    """At most 18 calls, of which at most 2 are LookupEvents."""
    student = students.work(by_the_handout).student
    calls = operations(students.grade(tmp_path, student), tmp_path)
    assert len(calls) <= 18
    assert calls.count("LookupEvents") <= 2


def test_a_long_history_is_read_to_its_end(students: Class, tmp_path):
    """Events on the last page count: the key was created before 120 reads of the object."""

    def many_reads(user: ConsoleUser) -> None:
        by_the_handout(user)
        for _ in range(120):
            user.open_in_console()

    run = students.grade(tmp_path, students.work(many_reads).student)
    assert run.not_passed == {}
    assert operations(run, tmp_path).count("LookupEvents") >= 3


def operations(run: ChecksRun, reports: Path) -> list[str]:
    """Return the operations that a run called."""
    (answers,) = reports.glob("evidence/*/answers.jsonl")
    records = [json.loads(line) for line in answers.read_text(encoding="utf-8").splitlines()]
    found = [record["operation"] for record in records if "operation" in record]
    assert len(found) == run.results["accounts"][0]["api_calls"]
    return found
