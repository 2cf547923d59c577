"""The policy engine decides as IAM does: a table of cases with sources, and a second, naive reading of the rules."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedded.core.principal import Principal
from embedded.services.iam.policy_engine import AccessRequest, Effect, decide, decide_by_resource, principal_match
from tests.embedded.naive_policies import naive_decision
from tests.embedded.policy_cases import EXCEPTED, PRINCIPALS, SESSION, USER, Case, identity_cases

CASES = identity_cases()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_decides_as_iam_does(case: Case):
    """Action, resource, conditions and variables of one statement."""
    assert decide([case.document], case.access) == case.decided, case.source


def test_the_table_is_long_and_each_case_has_a_source():
    """At least two hundred; names are ids."""
    assert len(CASES) >= 200
    assert len({case.id for case in CASES}) == len(CASES)
    assert all(re.fullmatch(r"https://\S+|[A-Z0-9]+-\d+", case.source) for case in CASES)


@pytest.mark.parametrize(("name", "element", "principal", "named"), PRINCIPALS)
def test_how_a_statement_names_a_principal(name: str, element: Any, principal: Principal, named: str):
    """Itself, its account, everyone, or not at all."""
    assert principal_match({"Principal": element}, principal) == named, name


@pytest.mark.parametrize(("name", "element", "principal", "named"), EXCEPTED)
def test_whom_not_principal_means(name: str, element: Any, principal: Principal, named: str):
    """Everyone but those that it names."""
    assert principal_match({"NotPrincipal": element}, principal) == named, name


@pytest.mark.parametrize(
    ("effects", "decided"),
    [
        ((), ""),
        (("Allow",), "Allow"),
        (("Deny",), "Deny"),
        (("Allow", "Deny"), "Deny"),
        (("Deny", "Allow"), "Deny"),
        (("Allow", "Allow"), "Allow"),
    ],
)
@pytest.mark.parametrize("together", [True, False])
def test_a_deny_outweighs_an_allow(effects: tuple[str, ...], decided: str, together: bool):
    """In one document or in several, in any order (IAM-01)."""
    each = [{"Effect": effect, "Action": "*", "Resource": "*"} for effect in effects]
    documents = [json.dumps({"Statement": each})] if together else [json.dumps({"Statement": [one]}) for one in each]
    assert decide(documents, AccessRequest("s3:GetObject", "arn:aws:s3:::b/k", USER)) == decided


def test_a_role_made_anew_is_another_one():
    """A stored policy means the role that there was (IAM-48)."""
    statement = {"Effect": "Allow", "Principal": {"AWS": SESSION.role_arn}, "Action": "*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    access = AccessRequest("s3:GetObject", "arn:aws:s3:::b/k", SESSION)
    assert decide_by_resource(document, access, {SESSION.role_arn: "AROALAB"}).allowed
    assert not decide_by_resource(document, access, {SESSION.role_arn: "AROABEFORE"}).allowed


@pytest.mark.parametrize(("effect", "decided"), [("Allow", Effect.NONE), ("Deny", Effect.DENY)])
def test_a_condition_that_cannot_be_read_is_on_the_safe_side(effect: str, decided: Effect):
    """It allows nothing, and denies. No document with one is stored."""
    statement = {"Effect": effect, "Action": "*", "Resource": "*", "Condition": {"Strange": {"a": "b"}}}
    access = AccessRequest("s3:GetObject", "arn:aws:s3:::b/k", USER)
    assert decide([json.dumps({"Statement": [statement]})], access) == decided


def test_wildcards_take_linear_time():
    """A pattern with many wildcards on a long text that it does not fit."""
    document = json.dumps(
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "arn:aws:s3:::b/" + "*a" * 200}]}
    )
    access = AccessRequest("s3:GetObject", "arn:aws:s3:::b/" + "a" * 1000 + "b", USER)
    assert decide([document], access) == Effect.NONE


ACTIONS = ("s3:GetObject", "s3:GetObjectAcl", "s3:PutObject", "kms:Decrypt")
RESOURCES = ("arn:aws:s3:::b/k", "arn:aws:s3:::b/home/ann/x", "arn:aws:s3:::b", "arn:aws:kms:us-east-1:1:key/a:b")
patterns = st.one_of(
    st.sampled_from(RESOURCES),
    st.sampled_from(["*", "arn:aws:s3:::b/*", "arn:aws:s3:::b*", "arn:aws:*", "arn:aws:kms:*:1:key/*", "arn:aws:s3"]),
    st.text("ab*?:/k", max_size=8).map("arn:aws:s3:::{}".format),
    st.sampled_from(["arn:aws:s3:::b/home/${aws:username}/*", "arn:aws:s3:::b/${aws:x, 'k'}", "arn:aws:s3:::b/${*}"]),
)
keys = st.sampled_from(["aws:username", "aws:TagKeys", "s3:prefix", "AWS:UserName", "aws:absent"])
texts = st.sampled_from(["ann", "Ann", "a*", "a?n", "*", "bob", "${aws:username}", "${aws:x, 'ann'}", "10", "${*}"])
operators = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(
        [
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "NumericEquals",
            "NumericLessThan",
            "Bool",
        ]
    ),
    st.sampled_from(["", "IfExists"]),
) | st.just("Null")
conditions = st.dictionaries(
    operators,
    st.dictionaries(keys, st.lists(texts, min_size=1, max_size=3) | texts, min_size=1, max_size=2),
    max_size=2,
)
some_actions = st.lists(
    st.sampled_from([*ACTIONS, "*", "s3:*", "S3:get*", "s3:?etObject", "kms:*"]), min_size=1, max_size=2
)
statements = st.builds(
    lambda effect, action, resource, condition: {"Effect": effect, **action, **resource, "Condition": condition},
    st.sampled_from(["Allow", "Deny"]),
    st.builds(lambda name, value: {name: value}, st.sampled_from(["Action", "NotAction"]), some_actions),
    st.builds(
        lambda name, value: {name: value},
        st.sampled_from(["Resource", "NotResource"]),
        st.lists(patterns, min_size=1, max_size=2) | patterns,
    ),
    conditions,
)
policies = st.builds(
    lambda version, each: json.dumps({**version, "Statement": each}),
    st.sampled_from([{"Version": "2012-10-17"}, {"Version": "2008-10-17"}, {}]),
    st.lists(statements, max_size=3),
)
contexts = st.dictionaries(
    st.sampled_from(["aws:username", "aws:TagKeys", "s3:prefix"]),
    st.sampled_from(["ann", "Ann", "bob", "a*", "10", "10.0", "true"])
    | st.lists(st.sampled_from(["ann", "bob"]), max_size=2),
)


@settings(max_examples=100, deadline=None)
@given(st.lists(policies, max_size=2), st.sampled_from(ACTIONS), st.sampled_from(RESOURCES), contexts)
def test_a_naive_reading_of_the_rules_decides_alike(documents: list[str], action: str, resource: str, context: Any):
    """Written from IAM's guide, without patterns of regular expressions, and sharing no code with the engine."""
    assert decide(documents, AccessRequest(action, resource, USER, context)) == naive_decision(
        [json.loads(each) for each in documents], action, resource, context
    )
