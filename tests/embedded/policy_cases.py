"""A table of policy documents and requests, what IAM decides, and the source of that.

Each case is one statement in a document, one request, and the effect. `ACTION` and the rest are what a case does not
say.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from typing import Any

from embedded.core.principal import ANONYMOUS, Principal, PrincipalKind
from embedded.services.iam.policy_engine import AccessRequest, principal_context

GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide"
OPERATORS = f"{GUIDE}/reference_policies_elements_condition_operators.html"
MULTIVALUED = f"{GUIDE}/reference_policies_condition-single-vs-multi-valued-context-keys.html"
SETS = f"{GUIDE}/reference_policies_condition-logic-multiple-context-keys-or-values.html"
RESOURCE = f"{GUIDE}/reference_policies_elements_resource.html"
ACTION_ELEMENT = f"{GUIDE}/reference_policies_elements_action.html"
NOT_ACTION = f"{GUIDE}/reference_policies_elements_notaction.html"
NOT_RESOURCE = f"{GUIDE}/reference_policies_elements_notresource.html"
PRINCIPAL = f"{GUIDE}/reference_policies_elements_principal.html"
VARIABLES = f"{GUIDE}/reference_policies_variables.html"
VERSION = f"{GUIDE}/reference_policies_elements_version.html"
EVALUATION = f"{GUIDE}/reference_policies_evaluation-logic.html"

ACCOUNT, OTHER = "111122223333", "444455556666"
USER = Principal(PrincipalKind.IAM_USER, ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/team/ann", "AIDAANN", name="ann")
SESSION = Principal(
    PrincipalKind.ASSUMED_ROLE,
    ACCOUNT,
    f"arn:aws:sts::{ACCOUNT}:assumed-role/lab/ann",
    "AROALAB:ann",
    name="lab",
    role_arn=f"arn:aws:iam::{ACCOUNT}:role/lab",
)
STRANGER = dataclasses.replace(
    USER, account=OTHER, arn=f"arn:aws:iam::{OTHER}:user/bob", principal_id="AIDABOB", name="bob"
)
SERVICE = Principal(PrincipalKind.AWS_SERVICE, name="cloudtrail.amazonaws.com")
OBJECT = "arn:aws:s3:::bucket/home/ann/clock.png"
ALLOWED, DENIED, NOTHING = "Allow", "Deny", ""


@dataclasses.dataclass(frozen=True)
class Case:
    """A document, a request, and what it decides."""

    name: str
    source: str
    document: str
    access: AccessRequest
    decided: str

    @property
    def id(self) -> str:
        return self.name


def case(
    name: str,
    source: str,
    decided: str,
    *,
    action: str = "s3:GetObject",
    resource: str = OBJECT,
    principal: Principal = USER,
    context: Mapping[str, Any] | None = None,
    version: str | None = "2012-10-17",
    **statement: Any,
) -> Case:
    """Return a case of one statement. What is not given is an Allow of everything."""
    elements = {"Effect": "Allow", **statement}
    if not {"Action", "NotAction"} & set(elements):
        elements["Action"] = "*"
    if not {"Resource", "NotResource"} & set(elements):
        elements["Resource"] = "*"
    policy: dict[str, Any] = {"Statement": [elements]}
    if version:
        policy["Version"] = version
    return Case(name, source, json.dumps(policy), AccessRequest(action, resource, principal, context or {}), decided)


def when(operator: str, key: str, wanted: Any) -> dict[str, Any]:
    return {operator: {key: wanted}}


def _actions() -> Iterator[Case]:
    for pattern, decided in (
        ("s3:GetObject", ALLOWED),
        ("S3:getobject", ALLOWED),
        ("s3:Get*", ALLOWED),
        ("s3:*Object", ALLOWED),
        ("s3:G?tObject", ALLOWED),
        ("s3:*", ALLOWED),
        ("*", ALLOWED),
        ("s3:*et*b*t", ALLOWED),
        ("s3:GetObjectAcl", NOTHING),
        ("s3:Get", NOTHING),
        ("s3:GetObject?", NOTHING),
        ("kms:*", NOTHING),
        ("s3:[Gg]etObject", NOTHING),
        ("s3:Put*", NOTHING),
    ):
        yield case(f"action {pattern}", ACTION_ELEMENT, decided, Action=pattern)
        opposite = NOTHING if decided == ALLOWED else ALLOWED
        yield case(f"not action {pattern}", NOT_ACTION, opposite, NotAction=pattern)
    yield case("one of two actions", ACTION_ELEMENT, ALLOWED, Action=["s3:PutObject", "s3:GetObject"])
    yield case("none of two actions", ACTION_ELEMENT, NOTHING, Action=["s3:PutObject", "s3:List*"])
    yield case("a deny of one of two actions", EVALUATION, DENIED, Effect="Deny", Action=["s3:PutObject", "s3:Get*"])


def _resources() -> Iterator[Case]:
    for pattern, decided in (
        (OBJECT, ALLOWED),
        ("*", ALLOWED),
        ("arn:aws:s3:::bucket/*", ALLOWED),
        ("arn:aws:s3:::bucket/*/ann/*", ALLOWED),
        ("arn:aws:s3:::*", ALLOWED),
        ("arn:aws:s3:::buck?t/*", ALLOWED),
        ("arn:aws:s3:*:*:bucket/*", ALLOWED),
        ("arn:aws:s3", ALLOWED),
        ("arn:aws:s3:*", ALLOWED),
        ("arn:aws:*", ALLOWED),
        ("arn:aws:s3:::Bucket/*", NOTHING),
        ("arn:aws:s3:::bucket", NOTHING),
        ("arn:aws:s3:::bucket/", NOTHING),
        ("arn:aws:s3:::bucket/home/ann/clock.pn", NOTHING),
        ("arn:aws:s3:::bucket/home/ann/clock.png?", NOTHING),
        ("arn:aws:kms:*:*:*", NOTHING),
        ("arn:aws-cn:s3:::bucket/*", NOTHING),
    ):
        yield case(f"resource {pattern}", RESOURCE, decided, Resource=pattern)
        opposite = NOTHING if decided == ALLOWED else ALLOWED
        yield case(f"not resource {pattern}", NOT_RESOURCE, opposite, NotResource=pattern)
    key = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"
    for pattern, decided in (
        (f"arn:aws:kms:us-*-1:{ACCOUNT}:key/*", ALLOWED),
        (f"arn:aws:kms:*:{ACCOUNT}:key/1234", ALLOWED),
        ("arn:aws:kms:*:*:key/*", ALLOWED),
        ("arn:aws:kms:us-east-1:*", ALLOWED),
        (f"arn:aws:kms:*st-1:{ACCOUNT}:key/*", ALLOWED),
        ("arn:aws:kms:u*4", NOTHING),
        ("arn:aws:kms:us*-1:key/1234", NOTHING),
        (f"arn:aws:kms:us-west-2:{ACCOUNT}:key/*", NOTHING),
        (f"arn:aws:kms:*:{OTHER}:key/*", NOTHING),
    ):
        yield case(f"key {pattern}", RESOURCE, decided, action="kms:Decrypt", resource=key, Resource=pattern)
    yield case(
        "a colon in an object's name", RESOURCE, ALLOWED, resource=f"{OBJECT}:old:2", Resource="arn:aws:s3:::bucket/*2"
    )
    yield case("a line break in an object's name", RESOURCE, ALLOWED, resource=f"{OBJECT}\n2", Resource=f"{OBJECT}*")
    yield case("one of two resources", RESOURCE, ALLOWED, Resource=["arn:aws:s3:::other/*", "arn:aws:s3:::bucket/*"])
    yield case("none of two resources", RESOURCE, NOTHING, Resource=["arn:aws:s3:::other/*", "arn:aws:s3:::bucket"])


EXAMPLES: tuple[tuple[str, str, Any, str, str], ...] = (
    ("StringEquals", "aws:PrincipalTag/team", "blue", "blue", "Blue"),
    ("StringEqualsIgnoreCase", "aws:PrincipalTag/team", "blue", "BLUE", "red"),
    ("StringLike", "s3:prefix", "home/*", "home/ann/", "work/"),
    ("NumericEquals", "s3:max-keys", "10", "10.0", "11"),
    ("NumericLessThan", "s3:max-keys", "10", "9", "10"),
    ("NumericLessThanEquals", "s3:max-keys", 10, "10", "11"),
    ("NumericGreaterThan", "s3:max-keys", "10", "11", "10"),
    ("NumericGreaterThanEquals", "s3:max-keys", "10", "10", "9"),
    ("DateEquals", "aws:CurrentTime", "2026-11-26T12:00:00Z", "2026-11-26T13:00:00+01:00", "2026-11-26T12:00:01Z"),
    ("DateLessThan", "aws:CurrentTime", "2026-11-26", "2026-11-25T23:59:59Z", "2026-11-26T00:00:00Z"),
    ("DateLessThanEquals", "aws:EpochTime", "1790000000", "1790000000", "1790000001"),
    ("DateGreaterThan", "aws:CurrentTime", "2026-11-26T12:00:00Z", "2026-11-26T12:00:01Z", "2026-11-26T12:00:00Z"),
    (
        "DateGreaterThanEquals",
        "aws:TokenIssueTime",
        "2026-11-26T12:00:00Z",
        "2026-11-26T12:00:00Z",
        "2026-11-25T12:00:00Z",
    ),
    ("Bool", "aws:SecureTransport", True, "true", "false"),
    ("BinaryEquals", "kms:blob", "QmluYXJ5", "QmluYXJ5", "b3RoZXI="),
    ("IpAddress", "aws:SourceIp", "203.0.113.0/24", "203.0.113.7", "203.0.114.7"),
    ("IpAddress", "aws:SourceIp", "203.0.113.7", "203.0.113.7", "203.0.113.8"),
    ("IpAddress", "aws:SourceIp", "2001:db8::/32", "2001:db8:1::5", "2001:db9::5"),
    (
        "ArnEquals",
        "aws:SourceArn",
        "arn:aws:sns:us-*-1:*:topic-?",
        "arn:aws:sns:us-east-1:1:topic-a",
        "arn:aws:sns:us-east-1:1:topic-ab",
    ),
    (
        "ArnLike",
        "aws:PrincipalArn",
        f"arn:aws:iam::{ACCOUNT}:role/*",
        SESSION.role_arn,
        f"arn:aws:iam::{OTHER}:role/lab",
    ),
)
NEGATED = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnEquals": "ArnNotEquals",
    "ArnLike": "ArnNotLike",
}


def _operators() -> Iterator[Case]:
    for operator, key, wanted, met, unmet in EXAMPLES:
        for suffix, absent in (("", NOTHING), ("IfExists", ALLOWED)):
            name, condition = f"{operator}{suffix} {wanted}", when(operator + suffix, key, wanted)
            yield case(f"{name}: {met}", OPERATORS, ALLOWED, context={key: met}, Condition=condition)
            yield case(f"{name}: {unmet}", OPERATORS, NOTHING, context={key: unmet}, Condition=condition)
            yield case(f"{name}: absent", OPERATORS, absent, Condition=condition)
        if operator in NEGATED:
            name, condition = f"{NEGATED[operator]} {wanted}", when(NEGATED[operator], key, wanted)
            yield case(f"{name}: {met}", OPERATORS, NOTHING, context={key: met}, Condition=condition)
            yield case(f"{name}: {unmet}", OPERATORS, ALLOWED, context={key: unmet}, Condition=condition)
            yield case(f"{name}: absent", OPERATORS, ALLOWED, Condition=condition)
            yield case(f"deny {name}: absent", OPERATORS, DENIED, Effect="Deny", Condition=condition)


def _details_of_operators() -> Iterator[Case]:
    tag, team = "aws:PrincipalTag/team", {"aws:PrincipalTag/team": "blue"}
    for name, decided, context, condition in (
        ("one of two values", ALLOWED, team, when("StringEquals", tag, ["red", "blue"])),
        ("none of two values", NOTHING, team, when("StringEquals", tag, ["red", "green"])),
        ("neither of two values", ALLOWED, team, when("StringNotEquals", tag, ["red", "green"])),
        ("not neither of two values", NOTHING, team, when("StringNotEquals", tag, ["red", "blue"])),
        ("two keys, both met", ALLOWED, {**team, "aws:a": "1"}, {"StringEquals": {tag: "blue", "aws:a": "1"}}),
        ("two keys, one met", NOTHING, {**team, "aws:a": "2"}, {"StringEquals": {tag: "blue", "aws:a": "1"}}),
        ("two operators, one met", NOTHING, team, {"StringEquals": {tag: "blue"}, "Null": {tag: "true"}}),
        ("no condition in the block", ALLOWED, {}, {}),
        ("a key in another case", ALLOWED, team, when("StringEquals", "AWS:principaltag/TEAM", "blue")),
        ("a wildcard in StringEquals", NOTHING, team, when("StringEquals", tag, "bl*")),
        ("a wildcard in StringEquals, as a text", ALLOWED, {tag: "bl*"}, when("StringEquals", tag, "bl*")),
        ("a question mark in StringLike", ALLOWED, team, when("StringLike", tag, "bl?e")),
        ("StringLike in another case", NOTHING, team, when("StringLike", tag, "BLUE")),
        ("a bracket in StringLike", NOTHING, team, when("StringLike", tag, "[b]lue")),
        ("a number that is none", NOTHING, {"s3:max-keys": "ten"}, when("NumericEquals", "s3:max-keys", "10")),
        ("an address that is none", NOTHING, {"aws:SourceIp": "here"}, when("IpAddress", "aws:SourceIp", "10.0.0.0/8")),
        (
            "an address of another version",
            NOTHING,
            {"aws:SourceIp": "::1"},
            when("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ),
        (
            "Bool as a text in capitals",
            ALLOWED,
            {"aws:SecureTransport": "true"},
            when("Bool", "aws:SecureTransport", "True"),
        ),
        (
            "an ARN's wildcard over a colon",
            NOTHING,
            {"aws:SourceArn": "arn:aws:sns:a:1:t"},
            when("ArnLike", "aws:SourceArn", "arn:aws:*:t"),
        ),
        (
            "an ARN's wildcard in the last part",
            ALLOWED,
            {"aws:SourceArn": "arn:aws:logs:a:1:group:x:y"},
            when("ArnLike", "aws:SourceArn", "arn:aws:logs:*:*:*"),
        ),
        (
            "ArnLike of what is no ARN",
            NOTHING,
            {"aws:SourceArn": "topic"},
            when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:*"),
        ),
        ("a JSON number as a value", ALLOWED, {"s3:max-keys": "10"}, when("NumericEquals", "s3:max-keys", 10)),
    ):
        yield case(name, OPERATORS, decided, context=context, Condition=condition)


def _null() -> Iterator[Case]:
    key = "aws:TokenIssueTime"
    for wanted, context, decided in (
        ("true", {}, ALLOWED),
        ("true", {key: "2026"}, NOTHING),
        ("false", {}, NOTHING),
        ("false", {key: "2026"}, ALLOWED),
        (True, {}, ALLOWED),
        (False, {key: "2026"}, ALLOWED),
        ("true", {key: []}, ALLOWED),
    ):
        yield case(
            f"Null {wanted}: {context}", OPERATORS, decided, context=context, Condition=when("Null", key, wanted)
        )


def _sets() -> Iterator[Case]:
    key = "aws:TagKeys"
    for operator, wanted, value, decided in (
        ("ForAllValues:StringEquals", ["a", "b"], ["a"], ALLOWED),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "b"], ALLOWED),
        ("ForAllValues:StringEquals", ["a", "b"], ["a", "c"], NOTHING),
        ("ForAllValues:StringEquals", ["a", "b"], [], ALLOWED),
        ("ForAllValues:StringEquals", ["a", "b"], None, ALLOWED),
        ("ForAllValues:StringEqualsIfExists", ["a", "b"], None, ALLOWED),
        ("ForAllValues:StringLike", ["a*"], ["a1", "a2"], ALLOWED),
        ("ForAllValues:StringNotEquals", ["a"], ["b", "c"], ALLOWED),
        ("ForAllValues:StringNotEquals", ["a"], ["a", "c"], NOTHING),
        ("ForAllValues:StringNotEquals", ["a"], None, ALLOWED),
        ("ForAnyValue:StringEquals", ["a", "b"], ["a", "c"], ALLOWED),
        ("ForAnyValue:StringEquals", ["a", "b"], ["c", "d"], NOTHING),
        ("ForAnyValue:StringEquals", ["a", "b"], [], NOTHING),
        ("ForAnyValue:StringEquals", ["a", "b"], None, NOTHING),
        ("ForAnyValue:StringEqualsIfExists", ["a"], None, ALLOWED),
        ("ForAnyValue:StringLike", ["a*"], ["b", "ax"], ALLOWED),
        ("ForAnyValue:StringNotEquals", ["a"], ["a", "c"], ALLOWED),
        ("ForAnyValue:StringNotEquals", ["a"], ["a"], NOTHING),
        ("ForAnyValue:StringNotEquals", ["a"], None, NOTHING),
        ("ForAnyValue:StringEquals", ["a"], "a", ALLOWED),
        ("ForAllValues:StringEquals", ["a"], "b", NOTHING),
    ):
        context = {} if value is None else {key: value}
        source = SETS if value else MULTIVALUED
        yield case(
            f"{operator} {wanted}: {value}", source, decided, context=context, Condition=when(operator, key, wanted)
        )
        if decided == NOTHING and value is None:
            name = f"deny {operator} {wanted}: {value}"
            yield case(name, MULTIVALUED, NOTHING, Effect="Deny", Condition=when(operator, key, wanted))


def _variables() -> Iterator[Case]:
    ann = {"aws:username": "ann", "aws:PrincipalTag/team": "blue"}
    home = "arn:aws:s3:::bucket/home/${aws:username}/*"
    for name, decided, context, resource in (
        ("a variable in a resource", ALLOWED, ann, home),
        ("a variable with another value", NOTHING, {"aws:username": "bob"}, home),
        ("a variable without a value", NOTHING, {}, home),
        ("a variable in another case", ALLOWED, ann, "arn:aws:s3:::bucket/home/${AWS:UserName}/*"),
        ("a default that is not needed", ALLOWED, ann, "arn:aws:s3:::bucket/home/${aws:username, 'nobody'}/*"),
        ("a default", ALLOWED, {}, "arn:aws:s3:::bucket/home/${aws:username, 'ann'}/*"),
        ("a default that does not fit", NOTHING, {}, "arn:aws:s3:::bucket/home/${aws:username, 'bob'}/*"),
        ("an empty default", NOTHING, {}, "arn:aws:s3:::bucket/home/${aws:username, ''}/*"),
        (
            "two variables",
            ALLOWED,
            {"aws:a": "home", "aws:username": "ann"},
            "arn:aws:s3:::bucket/${aws:a}/${aws:username}/*",
        ),
        ("a variable of a list", NOTHING, {"aws:username": ["ann"]}, home),
        ("a wildcard in a value", NOTHING, {"aws:username": "*"}, home),
    ):
        yield case(name, VARIABLES, decided, context=context, Resource=resource)
    star = "arn:aws:s3:::bucket/a*b"
    yield case("a star itself", VARIABLES, ALLOWED, resource=star, Resource="arn:aws:s3:::bucket/a${*}b")
    yield case("a star itself, and another", VARIABLES, NOTHING, resource=OBJECT, Resource="arn:aws:s3:::bucket/${*}")
    yield case(
        "a question mark itself", VARIABLES, ALLOWED, resource="arn:aws:s3:::b/?", Resource="arn:aws:s3:::b/${?}"
    )
    yield case("a dollar itself", VARIABLES, ALLOWED, resource="arn:aws:s3:::b/${x}", Resource="arn:aws:s3:::b/${$}{x}")
    tag, own = "aws:ResourceTag/team", "${aws:PrincipalTag/team}"
    same = {**ann, tag: "blue"}
    for name, decided, context, condition in (
        ("a variable in a condition", ALLOWED, same, when("StringEquals", tag, own)),
        ("a variable in a condition, unmet", NOTHING, {**ann, tag: "red"}, when("StringEquals", tag, own)),
        ("no value for a condition's variable", NOTHING, {tag: "red"}, when("StringEquals", tag, own)),
        ("no value for a negated condition's variable", NOTHING, {tag: "red"}, when("StringNotEquals", tag, own)),
        (
            "a variable within a pattern",
            ALLOWED,
            {**ann, "s3:prefix": "home/ann/x"},
            when("StringLike", "s3:prefix", "home/${aws:username}/*"),
        ),
        ("a star itself in StringLike", NOTHING, {"s3:prefix": "abc"}, when("StringLike", "s3:prefix", "a${*}c")),
        ("a star itself in StringEquals", ALLOWED, {"s3:prefix": "a*c"}, when("StringEquals", "s3:prefix", "a${*}c")),
        (
            "a variable in an ARN's condition",
            ALLOWED,
            {**ann, "aws:SourceArn": "arn:aws:sns:a:1:ann"},
            when("ArnLike", "aws:SourceArn", "arn:aws:sns:*:*:${aws:username}"),
        ),
        (
            "a variable in a number's condition",
            NOTHING,
            {"aws:n": "1", "s3:max-keys": "1"},
            when("NumericEquals", "s3:max-keys", "${aws:n}"),
        ),
    ):
        yield case(name, VARIABLES, decided, context=context, Condition=condition)
    for version in ("2008-10-17", None):
        yield case(f"a variable, version {version}", VERSION, NOTHING, context=ann, version=version, Resource=home)
        text = "arn:aws:s3:::bucket/${aws:username}"
        yield case(
            f"a variable's own text, version {version}", VERSION, ALLOWED, resource=text, version=version, Resource=text
        )
        condition = when("StringEquals", "aws:PrincipalTag/team", "${aws:PrincipalTag/team}")
        yield case(
            f"a condition's variable, version {version}",
            VERSION,
            NOTHING,
            context=ann,
            version=version,
            Condition=condition,
        )


def identity_cases() -> list[Case]:
    """The cases of identity-based policies."""
    found = [*_actions(), *_resources(), *_operators(), *_details_of_operators(), *_null(), *_sets(), *_variables()]
    found.append(case("an effect in another case", "IAM-51", DENIED, Effect="deny"))
    for name, decided, value, condition in (
        ("a Deny but through services: direct", DENIED, {"aws:ViaAWSService": "false"}, "BoolIfExists"),
        ("a Deny but through services: through S3", NOTHING, {"aws:ViaAWSService": "true"}, "BoolIfExists"),
    ):
        when_direct = when(condition, "aws:ViaAWSService", "false")
        found.append(case(name, "IAM-102", decided, context=value, Effect="Deny", Condition=when_direct))
    for name, decided, identity in (("ann", ALLOWED, "ann"), ("bob", NOTHING, "bob"), ("nobody", NOTHING, "")):
        session = dataclasses.replace(SESSION, source_identity=identity)
        found.append(
            case(
                f"a source identity: {name}",
                "STS-70",
                decided,
                principal=session,
                context=principal_context(session),
                Condition=when("StringEquals", "aws:SourceIdentity", "ann"),
            )
        )
    return found


ROLE, SESSION_ARN, ROOT = str(SESSION.role_arn), SESSION.arn, f"arn:aws:iam::{ACCOUNT}:root"
PRINCIPALS: tuple[tuple[str, Any, Principal, str], ...] = (
    ("everyone", "*", USER, "everyone"),
    ("everyone, as a list", ["*"], USER, "everyone"),
    ("everyone", {"AWS": "*"}, SESSION, "everyone"),
    ("everyone, in a list", {"AWS": ["*"]}, ANONYMOUS, "everyone"),
    ("everyone", "*", ANONYMOUS, "everyone"),
    ("a user", {"AWS": USER.arn}, USER, "session"),
    ("a user's id", {"AWS": "AIDAANN"}, USER, "session"),
    ("another user", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, USER, ""),
    ("a user without its path", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/ann"}, USER, ""),
    ("a wildcard in a user's ARN", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}, USER, ""),
    ("a role", {"AWS": ROLE}, SESSION, "principal"),
    ("a role's id", {"AWS": "AROALAB"}, SESSION, "principal"),
    ("another role's id", {"AWS": "AROAOTHER"}, SESSION, ""),
    ("a session", {"AWS": SESSION_ARN}, SESSION, "session"),
    ("another session", {"AWS": f"{SESSION_ARN}x"}, SESSION, ""),
    ("an account", {"AWS": ACCOUNT}, USER, "account"),
    ("an account's root", {"AWS": ROOT}, SESSION, "account"),
    ("another account", {"AWS": OTHER}, USER, ""),
    ("another account's root", {"AWS": f"arn:aws:iam::{OTHER}:root"}, SESSION, ""),
    ("an account", {"AWS": ACCOUNT}, STRANGER, ""),
    ("one of two", {"AWS": [OTHER, USER.arn]}, USER, "session"),
    ("an account and its user", {"AWS": [ACCOUNT, USER.arn]}, USER, "session"),
    ("nobody anonymous", {"AWS": ACCOUNT}, ANONYMOUS, ""),
    ("a service", {"Service": "cloudtrail.amazonaws.com"}, SERVICE, "principal"),
    ("one of two services", {"Service": ["ec2.amazonaws.com", "cloudtrail.amazonaws.com"]}, SERVICE, "principal"),
    ("another service", {"Service": "ec2.amazonaws.com"}, SERVICE, ""),
    ("a service is no user", {"Service": "cloudtrail.amazonaws.com"}, USER, ""),
    ("a user is no service", {"AWS": USER.arn}, SERVICE, ""),
)
EXCEPTED: tuple[tuple[str, Any, Principal, str], ...] = (
    ("a user", {"AWS": USER.arn}, USER, ""),
    ("another user", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, USER, "everyone"),
    ("a role", {"AWS": ROLE}, SESSION, ""),
    ("a session", {"AWS": SESSION_ARN}, SESSION, ""),
    ("another session", {"AWS": f"{SESSION_ARN}x"}, SESSION, "everyone"),
    ("everyone", "*", USER, ""),
    ("a user, of nobody", {"AWS": USER.arn}, ANONYMOUS, "everyone"),
    ("a user, of a stranger", {"AWS": USER.arn}, STRANGER, "everyone"),
)
