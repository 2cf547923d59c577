"""Timestamps that are none, or out of range, are errors of the client in every protocol."""

from __future__ import annotations

import json
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest

from tests.embedded.world import World
from tests.support.raw_requests import ODD_TIMES, TARGETS, VERSIONS, send, signed


@pytest.mark.parametrize("time", [*ODD_TIMES, 2**70, -(2**70), 1e308, 253402300800, -62135596801])
def test_timestamps_in_json(world: World, time: str | float):
    """A number or a text that is no timestamp cannot be deserialized."""
    body = json.dumps({"StartTime": time}).encode()
    headers = {"x-amz-target": f"{TARGETS['cloudtrail']}.LookupEvents", "content-type": "application/x-amz-json-1.1"}
    status, answer = send(world, "POST", "/", signed(world, "cloudtrail", "POST", "/", headers, body), body)
    assert (status, json.loads(answer)["__type"]) == (400, "SerializationException")


@pytest.mark.parametrize("time", ODD_TIMES)
def test_timestamps_in_a_form(world: World, time: str):
    """EC2 names the parameter."""
    fields = {"Action": "DescribeSpotPriceHistory", "Version": VERSIONS["ec2"], "StartTime": time}
    body = urlencode(fields).encode()
    headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    status, answer = send(world, "POST", "/", signed(world, "ec2", "POST", "/", headers, body), body)
    assert (status, ElementTree.fromstring(answer).findtext(".//Code")) == (400, "InvalidParameterValue")
    assert f"Value ({time}) for parameter StartTime" in answer.decode()


@pytest.mark.parametrize("time", ODD_TIMES)
def test_timestamps_in_xml(world: World, time: str):
    """In S3's documents and in its headers."""
    target = f"/{world.bucket()}/clock.png"
    headers = {"x-amz-object-lock-retain-until-date": time}
    status, answer = send(world, "PUT", target, signed(world, "s3", "PUT", target, headers, b""), b"")
    assert (status, ElementTree.fromstring(answer).findtext("Code")) == (400, "InvalidArgument")
    target = f"{target}?retention"
    body = f"<Retention><Mode>GOVERNANCE</Mode><RetainUntilDate>{time}</RetainUntilDate></Retention>".encode()
    status, answer = send(world, "PUT", target, signed(world, "s3", "PUT", target, {}, body), body)
    assert (status, ElementTree.fromstring(answer).findtext("Code")) == (400, "MalformedXML")


@pytest.mark.parametrize("time", ODD_TIMES)
def test_timestamps_in_policies(world: World, time: str):
    """A condition on a date is met or not met, and never an error."""
    policy = {
        "Effect": "Allow",
        "Action": "*",
        "Resource": "*",
        "Condition": {"DateLessThan": {"aws:CurrentTime": time}},
    }
    now = {"ContextKeyName": "aws:CurrentTime", "ContextKeyType": "date", "ContextKeyValues": ["2026-01-01T00:00:00Z"]}
    simulated = world.client("iam").simulate_custom_policy(
        PolicyInputList=[json.dumps({"Statement": [policy]})], ActionNames=["s3:GetObject"], ContextEntries=[now]
    )
    decision = simulated["EvaluationResults"][0]["EvalDecision"]
    assert decision == ("allowed" if time.startswith(("9999-", "1180", "253")) else "implicitDeny")
