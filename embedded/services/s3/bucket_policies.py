"""Bucket policies: which ones S3 takes, and which ones are public.

Facts: S3-78, S3-79, S3-220 to S3-222. Block Public Access and GetBucketPolicyStatus use one definition of public.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from typing import Any

from embedded.core.errors import AwsError
from embedded.core.partition import partition
from embedded.services.iam.conditions import VARIABLE, matches_text
from embedded.services.iam.policy_engine import Effect, Statement, as_list, read_statements
from embedded.services.iam.policy_grammar import PolicyKind, check_policy
from embedded.services.iam.principals import ROLE_OR_USER, unique_id_of


def _actions(names: str) -> frozenset[str]:
    return frozenset(f"s3:{name}" for name in names.split())


BUCKET_ACTIONS = _actions(
    """
    createbucket createbucketmetadatatableconfiguration deletebucket deletebucketmetadatatableconfiguration
    deletebucketpolicy deletebucketwebsite getaccelerateconfiguration getanalyticsconfiguration getbucketabac
    getbucketacl getbucketcors getbucketlocation getbucketlogging getbucketmetadatatableconfiguration
    getbucketnotification getbucketobjectlockconfiguration getbucketownershipcontrols getbucketpolicy
    getbucketpolicystatus getbucketpublicaccessblock getbucketrequestpayment getbuckettagging getbucketversioning
    getbucketwebsite getencryptionconfiguration getintelligenttieringconfiguration getinventoryconfiguration
    getlifecycleconfiguration getmetricsconfiguration getreplicationconfiguration listbucket
    listbucketmultipartuploads listbucketversions listtagsforresource pausereplication putaccelerateconfiguration
    putanalyticsconfiguration putbucketabac putbucketacl putbucketcors putbucketlogging putbucketnotification
    putbucketobjectlockconfiguration putbucketownershipcontrols putbucketpolicy putbucketpublicaccessblock
    putbucketrequestpayment putbuckettagging putbucketversioning putbucketwebsite putencryptionconfiguration
    putintelligenttieringconfiguration putinventoryconfiguration putlifecycleconfiguration putmetricsconfiguration
    putreplicationconfiguration tagresource untagresource updatebucketmetadatainventorytableconfiguration
    updatebucketmetadatajournaltableconfiguration
    """
)
OBJECT_ACTIONS = _actions(
    """
    abortmultipartupload bypassgovernanceretention deleteobject deleteobjecttagging deleteobjectversion
    deleteobjectversiontagging getobject getobjectacl getobjectattributes getobjectlegalhold getobjectretention
    getobjecttagging getobjecttorrent getobjectversion getobjectversionacl getobjectversionattributes
    getobjectversionforreplication getobjectversiontagging getobjectversiontorrent initiatereplication
    listmultipartuploadparts objectowneroverridetobucketowner putobject putobjectacl putobjectlegalhold
    putobjectretention putobjecttagging putobjectversionacl putobjectversiontagging replicatedelete replicateobject
    replicatetags restoreobject updateobjectencryption
    """
)
LIST_ACTIONS = ("s3:listbucket", "s3:listbucketversions", "s3:listbucketmultipartuploads")
LIST_KEYS = ("s3:prefix", "s3:delimiter", "s3:max-keys")
S3_KEYS = re.compile(
    r"s3:(accessgrantscope|accessgrantsinstancearn|accessgrantslocationscope|accesspointnetworkorigin"
    r"|accesspointtag/.+|buckettag/.+|dataaccesspointaccount|dataaccesspointarn|existingobjecttag/.+"
    r"|requestobjecttag/.+|requestobjecttagkeys|resourceaccount|tlsversion|authtype|delimiter|if-match|if-none-match"
    r"|locationconstraint|max-keys|object-lock-(legal-hold|mode|remaining-retention-days|retain-until-date)"
    r"|objectcreationoperation|prefix|signatureage"
    r"|signatureversion|versionid|x-amz-[a-z0-9-]+)"
)
GLOBAL_KEYS = re.compile(
    r"aws:(assumedroot|calledvia(first|last)?|chatbotsourcearn|currenttime|ec2instancesource(vpc|privateipv4)"
    r"|epochtime|federatedprovider|multifactorauth(age|present)|principal(account|arn|isawsservice|orgid|orgpaths"
    r"|servicename|servicenameslist|tag/.+|type)|referer|requestedregion|requesttag/.+"
    r"|resource(account|orgid|orgpaths|tag/.+)|securetransport|source(account|arn|identity|ip|orgid|orgpaths|owner|vpc"
    r"|vpcarn|vpce)|tagkeys|tokenissuetime|useragent|userid|username|viaawsservice|vpce(account|orgid|orgpaths)"
    r"|vpcsourceip|signinsessionarn)"
)
FIXING_KEYS = {
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
}
"""Keys whose fixed values make a statement for everyone not public."""
FIXING_OPERATORS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress")
WIDEST_NETWORK = {4: 8, 6: 32}
ACCOUNT_OR_ROOT = re.compile(r"\d{12}|arn:aws(?:-[a-z]+)*:iam::\d{12}:root|arn:aws(?:-[a-z]+)*:sts::\d{12}:.+")
UNIQUE_ID = re.compile(r"A(RO|ID|KI)A[A-Z0-9]{12,}")


def check_bucket_policy(document: str, bucket: str) -> None:
    """Raise `MalformedPolicy` for what S3 does not take as the policy of a bucket."""
    for statement in check_policy(document, PolicyKind.BUCKET):
        if statement["Effect"] == "Allow" and "NotPrincipal" in statement:
            raise _malformed("Allow with NotPrincipal is not allowed.")
        _check_principals(statement)
        actions = [str(each).lower() for name in ("Action", "NotAction") for each in as_list(statement.get(name, []))]
        if not all(_is_action(each) for each in actions):
            raise _malformed("Policy has invalid action")
        resources = [str(each) for name in ("Resource", "NotResource") for each in as_list(statement.get(name, []))]
        everything = f"arn:{partition()}:s3:::"
        if not all(each == "*" or _is_in(bucket, each, everything) for each in resources):
            raise _malformed("Policy has invalid resource")
        if "Action" in statement and "Resource" in statement:
            _check_combination(actions, [each.removeprefix(f"{everything}{bucket}") for each in resources])
        _check_keys(statement, actions)


def _is_in(bucket: str, resource: str, everything: str) -> bool:
    """Return whether an ARN is that of a bucket or of objects in it, or a pattern of such ARNs."""
    named = resource.removeprefix(everything).partition("/")[0]
    return resource.startswith(everything) and (named == bucket or matches_text(bucket, named))


def _is_action(action: str) -> bool:
    if action == "*":
        return True
    known = BUCKET_ACTIONS | OBJECT_ACTIONS
    return action in known or (("*" in action or "?" in action) and any(matches_text(each, action) for each in known))


def _check_combination(actions: Iterable[str], within: list[str]) -> None:
    """Raise if none of the resources is one of an action: an action on objects needs a path."""
    on_bucket = any("/" not in each or each == "*" for each in within)
    on_objects = any("/" in each or "*" in each for each in within)
    for action in actions:
        of_bucket = any(matches_text(each, action) for each in BUCKET_ACTIONS)
        of_objects = any(matches_text(each, action) for each in OBJECT_ACTIONS)
        if not (of_bucket and on_bucket) and not (of_objects and on_objects):
            raise _malformed("Action does not apply to any resource(s) in statement")


def _check_keys(statement: Mapping[str, Any], actions: Iterable[str]) -> None:
    keys = [str(key).lower() for keys in (statement.get("Condition") or {}).values() for key in keys]
    for key in keys:
        if not (S3_KEYS.fullmatch(key) or GLOBAL_KEYS.fullmatch(key)):
            raise _malformed(f"Policy has an invalid condition key - {key}")
    plain = [each for each in actions if "*" not in each and "?" not in each]
    if any(key in LIST_KEYS for key in keys) and not all(each in LIST_ACTIONS for each in plain):
        raise _malformed("Conditions do not apply to combination of actions and resources in statement")


def _check_principals(statement: Mapping[str, Any]) -> None:
    element = statement.get("Principal", statement.get("NotPrincipal"))
    names = as_list(element.get("AWS", [])) if isinstance(element, dict) else []
    for name in map(str, names):
        if name == "*" or ACCOUNT_OR_ROOT.fullmatch(name) or UNIQUE_ID.fullmatch(name):
            continue
        if not ROLE_OR_USER.fullmatch(name) or not unique_id_of(name):
            raise _malformed("Invalid principal in policy")


def _malformed(message: str) -> AwsError:
    return AwsError(PolicyKind.BUCKET.code, message)


def is_public(document: str) -> bool:
    """Return whether a bucket policy is public as S3 defines it (S3-220)."""
    return any(_is_for_everyone(each) and not _is_narrowed(each) for each in read_statements(document))


def _is_for_everyone(statement: Statement) -> bool:
    if statement.effect is not Effect.ALLOW:
        return False
    element = statement.elements.get("Principal")
    if "NotPrincipal" in statement.elements or element in ("*", ["*"]):
        return True
    return isinstance(element, dict) and "*" in [
        each for kind in ("AWS", "*") for each in as_list(element.get(kind, []))
    ]


def _is_narrowed(statement: Statement) -> bool:
    """Return whether a condition limits a statement to fixed values."""
    return any(
        condition.operator in FIXING_OPERATORS
        and not condition.if_exists
        and condition.qualifier != "ForAllValues"
        and condition.key.lower() in FIXING_KEYS
        and bool(condition.wanted)
        and all(_is_fixed(condition.key.lower(), each) for each in condition.wanted)
        for condition in statement.conditions or ()
    )


def _is_fixed(key: str, value: str) -> bool:
    if VARIABLE.search(value):
        return False
    if key == "aws:sourceip":
        try:
            network = ipaddress.ip_network(value, strict=False)
        except ValueError:
            return False
        return network.prefixlen >= WIDEST_NETWORK[network.version]
    if key == "s3:dataaccesspointarn":
        return "*" not in ":".join(value.split(":")[:5])
    if key == "aws:userid":
        return "*" not in value.removesuffix(":*") and value != "*"
    return "*" not in value and "?" not in value
