"""Questions to AWS: what is asked, what AWS answers and the source of that, and the behaviour that answers alike.

A question is a function of a `World`. It returns a text with placeholders for ids and names, so that answers of
different worlds can be compared: of the embedded AWS, of plain moto, and with `-m live` of a real account.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

Ask = Callable[[Any], str]
PLACEHOLDERS = (
    (re.compile(r"arn:aws:kms:[\w-]+:\d{12}:key/(mrk-)?[0-9a-f-]{32,36}"), "<key ARN>"),
    (re.compile(r"arn:aws:sts::\d{12}:assumed-role/[\w+=,.@/-]+"), "<caller ARN>"),
    (re.compile(r"arn:aws:iam::\d{12}:(role|user)/[\w+=,.@/-]+"), r"<\1 ARN>"),
    (re.compile(r"parity-[0-9a-z-]+"), "<bucket>"),
    (re.compile(r"\b(vol|i|snap|ami)-[0-9a-f]{8,}"), r"\1-…"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"\b\d{12}\b"), "<acct>"),
)


@dataclasses.dataclass(frozen=True)
class Question:
    """A question to AWS, and the answer.

    `fact` is ids of docs/aws-facts.md, a document of the repository, or an address. `needs` is an action that a lab
    role may not be allowed.
    """

    service: str
    asked: str
    fact: str
    aws: str
    behaviour: str
    ask: Ask
    needs: str = ""

    @property
    def id(self) -> str:
        return f"{self.service}: {self.asked}"


QUESTIONS: list[Question] = []


def question(service: str, asked: str, fact: str, aws: str, behaviour: str, needs: str = "") -> Callable[[Ask], Ask]:
    """Add a question to the catalogue."""

    def put(ask: Ask) -> Ask:
        QUESTIONS.append(Question(service, asked, fact, aws, behaviour, ask, needs))
        return ask

    return put


def answer(question: Question, world: Any) -> str:
    """Return a world's answer, or how it is not one."""
    try:
        return normalized(question.ask(world))
    except ClientError as refused:
        status = refused.response["ResponseMetadata"]["HTTPStatusCode"]
        return f"{'HTML ' if '<!doctype' in str(refused) else refused.response['Error']['Code'] + ' '}{status}"
    except HTTPError as refused:
        return f"{refused.code}"
    except (BotoCoreError, ResponseParserError, KeyError, IndexError, TypeError, ValueError) as unread:
        return f"not as AWS answers ({type(unread).__name__})"
    finally:
        world.close()


def normalized(text: object) -> str:
    """Return a text with placeholders for what differs from world to world."""
    shown = str(text)
    for pattern, placeholder in PLACEHOLDERS:
        shown = pattern.sub(placeholder, shown)
    return shown


def outcome(call: Callable[[], object], *, message: bool = True) -> str:
    """Return `served`, or code, HTTP status and message of the error."""
    try:
        call()
    except ClientError as refused:
        return refusal(refused, message=message)
    except (BotoCoreError, ResponseParserError) as broken:
        return f"no answer ({type(broken).__name__})"
    return "served"


def refusal(refused: ClientError, *, message: bool = True) -> str:
    error, status = refused.response["Error"], refused.response["ResponseMetadata"]["HTTPStatusCode"]
    said = f": {normalized(error.get('Message', ''))}" if message else ""
    return f"{error['Code']} {status}{said}"


def code(call: Callable[[], object]) -> str:
    """Return `served`, or code and status of the error."""
    return outcome(call, message=False)
