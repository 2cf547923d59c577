"""A rubric changes points, hints and names; a mistake in it ends the run."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from fixtures.resources.names import Names
from grading.collector import AccountCollector
from grading.rubric import Rubric, RubricError
from tests.support.checks_run import ROOT, ChecksRun, run_checks

TODAY = datetime.datetime.now(datetime.UTC).date()


def graded(tmp_path: Path, rubric: str, *arguments: str) -> ChecksRun:
    path = tmp_path / "rubric.toml"
    path.write_text(rubric, encoding="utf-8")
    return run_checks(tmp_path / "reports", "checks", "--grade", f"--rubric={path}", "-q", *arguments)


def checks(run: ChecksRun) -> dict[str, dict]:
    (account,) = run.results["accounts"]
    return {check["id"]: check for objective in account["objectives"] for check in objective["checks"]}


def test_points(tmp_path):
    """The rubric sets the points of a check; the others keep theirs."""
    run = graded(tmp_path, "[points]\ndecrypt = 40\n")
    assert checks(run)["decrypt"]["possible"] == checks(run)["decrypt"]["earned"] == 40
    assert run.results["accounts"][0]["score"] == {"earned": 134, "possible": 134, "ungraded": 0}


def test_names_and_hints(tmp_path):
    """Resources have the course's names, and a hint is the course's text."""
    run = graded(tmp_path, '[names]\nalias = "alias/Ours"\n[hints]\nalias = "See page 3: {alias}."\n')
    found = checks(run)["alias"]
    assert (found["verdict"], found["hint"]) == ("fail", "See page 3: Ours.")
    assert found["message"] == "The key has the alias MyKMSKey, and not Ours."


def test_the_command_line_overrides_the_rubric(tmp_path):
    """A name on the command line counts."""
    run = graded(tmp_path, '[names]\nalias = "alias/Ours"\n', "--lab-alias=alias/MyKMSKey")
    assert run.exit_code == 0


def test_left_out(tmp_path):
    """An omitted check is not judged, and the sum of the points is lower."""
    run = graded(tmp_path, '[leave-out]\nchecks = ["decrypt", "create-key"]\n')
    assert not {"decrypt", "create-key"} & set(run.checks)
    assert run.results["accounts"][0]["score"] == {"earned": 91, "possible": 91, "ungraded": 0}


def waiver(check: str, until: datetime.date, **more: str) -> str:
    fields = "".join(f'{name} = "{text}"\n' for name, text in more.items())
    return f'[[waivers]]\ncheck = "{check}"\nreason = "the day without power"\nuntil = {until}\n{fields}'


def test_a_waiver_is_shown_and_does_not_count(tmp_path):
    """The check neither earns nor loses points, and terminal and results say why and until when."""
    names = '[names]\nobject = "other.png"\n'
    rubric = names + "".join(waiver(check, TODAY) for check in ("object-name", "object-made-public"))
    run = graded(tmp_path, rubric)
    assert "object-name" not in run.checks
    assert run.checks["object-under-the-key"] == "pass"
    (account,) = run.results["accounts"]
    assert account["score"]["possible"] == 100 - 2 - 3
    first = next(each for each in account["waived"] if each["id"] == "object-name")
    assert (first["verdict"], first["objective"], first["possible"]) == ("fail", 2, 2)
    assert (first["reason"], first["until"]) == ("the day without power", TODAY.isoformat())
    assert f"(object-name, objective 2, 2 points, until {TODAY}): the day without power" in run.printed


def test_an_expired_waiver_does_not_apply(tmp_path):
    """The check counts again from the day after the last one."""
    run = graded(tmp_path, waiver("decrypt", TODAY - datetime.timedelta(days=1)))
    assert run.checks["decrypt"] == "pass"
    assert "waived" not in run.results["accounts"][0]


@pytest.mark.parametrize(("student", "applies"), [("student-007", True), ("student-008", False), ("", False)])
def test_a_waiver_for_one_student(student: str, applies: bool):
    """It applies to no other student."""
    account = AccountCollector()
    account.facts.student = student
    rubric = Rubric.read(ROOT / "docs" / "rubric.example.toml", vars(Names()))
    last_day = rubric.waivers[0].until
    assert (rubric.waiver("instance-ran-again", account.facts.student, last_day) is not None) is applies
    assert rubric.waiver("decrypt", student, last_day)


MISTAKES = [
    ("[point]\nalias = 3\n", 1, "there is no section 'point'; did you mean 'points'?"),
    ("# terms\n\n[points]\nalias = 3\nalais = 4\n", 5, "there is no check 'alais'; did you mean 'alias'?"),
    ("[names]\nalias = 'x'\n[points]\nalias = 0\n", 4, "'alias' is worth 0; points are whole numbers from 1 to 1000"),
    ("[points]\nalias = 2.5\n", 2, "'alias' is worth 2.5"),
    ("[points]\nalias = true\n", 2, "'alias' is worth True"),
    ("points = 3\n", 1, "'points' must be a section, [points]"),
    ("[hints]\n\nalias = ''\n", 3, "'alias' is ''; it must be a text that is not empty"),
    ("[names]\nkey = 'x'\n", 2, "there is no name 'key' to set; there are alias, bucket"),
    ("[leave-out]\nchecks = 'alias'\n", 1, "[leave-out] has one entry, checks, which is a list"),
    ("[leave-out]\n# alais\nchecks = [\n  'alais',\n]\n", 4, "there is no check 'alais'; did you mean 'alias'?"),
    ("waivers = 1\n", 1, "each waiver is a section of its own, [[waivers]]"),
    (waiver("alias", TODAY) + "[[waivers]]\ncheck = 'users'\nreason = 'r'\n", 5, "waiver 2 must have its last day"),
    (waiver("alias", TODAY) + waiver("usres", TODAY), 6, "there is no check 'usres'; did you mean 'users'?"),
    (
        "[[waivers]]\ncheck = 'users'\nreason = 'r'\nuntil = '2026-12-31'\n",
        4,
        "must have its last day, as a date without",
    ),
    ("[[waivers]]\ncheck = 'users'\nuntil = 2026-12-31\n", 1, "waiver 1 must have a 'reason'"),
    (
        "[[waivers]]\ncheck = 'users'\nreason = 'r'\nuntil = 2026-12-31\nstudent = 7\n",
        5,
        "'student' is 7; it must be a text",
    ),
    ("[[waivers]]\ncheck = 'users'\nreason = 'r'\nuntil = 2026-12-31\nwho = 'x'\n", 5, "a waiver has no 'who'"),
    ("[points]\nalias = \n", 2, "Invalid value"),
    ("[points]\nalias = 1\nalias = 2\n", 3, "Cannot overwrite a value"),
]


@pytest.mark.parametrize(("text", "line", "said"), MISTAKES, ids=[said[:40] for _, _, said in MISTAKES])
def test_a_mistake_is_reported_with_its_line(text: str, line: int, said: str, tmp_path):
    """One line: the file, the line, and what is wrong."""
    path = tmp_path / "rubric.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RubricError) as wrong:
        Rubric.read(path, vars(Names())).validated({"alias", "users", "decrypt"})
    assert f"line {line}" in str(wrong.value)
    assert said in str(wrong.value)
    assert str(path) in str(wrong.value)
    assert "\n" not in str(wrong.value)


@pytest.mark.parametrize(
    ("content", "said"), [(None, "cannot be read: No such file"), (b"\xff\xfe[\x00", "cannot be read: it is not UTF-8")]
)
def test_a_mistake_ends_the_run(content: bytes | None, said: str, tmp_path):
    """With pytest's exit code for usage errors, before any call or file."""
    path = tmp_path / "terms.toml"
    if content is not None:
        path.write_bytes(content)
    run = run_checks(tmp_path / "reports", "checks", "--grade", f"--rubric={path}")
    assert run.exit_code == 4
    assert f"--rubric: {path} {said}" in run.printed
    assert "Traceback" not in run.printed
    assert not (tmp_path / "reports").exists()


def test_the_example_is_valid(tmp_path):
    """`docs/rubric.example.toml` can be used as it is."""
    run = run_checks(tmp_path, "checks", "--grade", "--rubric=docs/rubric.example.toml", "-q")
    assert run.exit_code == 0
    assert "origin" not in run.checks
    assert checks(run)["object-under-the-key"]["possible"] == 10


def test_waivers_of_strangers_are_told_by_their_lines_and_counted(tmp_path):
    """A waiver has no effect where nobody has the name; of many, only the first are told one by one."""
    path = tmp_path / "rubric.toml"
    waiver = "[[waivers]]\ncheck = 'alias'\nreason = 'r'\nuntil = 2099-01-01\nstudent = '{}'\n"
    path.write_text("\n" * 100_000 + "".join(waiver.format(name) for name in ("ann", *range(30))))
    told = list(Rubric.read(path, ()).strangers({"ann", "bo"}))
    assert told[0] == f"{path}, line 100010: this waiver has no effect: '0' is not among the students."
    assert told[-1] == f"{path}: 10 more waivers have no effect."
    assert len(told) == 21
