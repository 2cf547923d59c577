"""A roster is read whole or not at all, and shows no secret."""

from __future__ import annotations

import math
import os

import pytest
from botocore.exceptions import ProfileNotFound

from fixtures.roster import BadRoster, read, readable_by_others, why

HEAD = "student,access_key_id,secret_access_key,session_token,account,email\n"


def roster(tmp_path, text: str, encoding: str = "utf-8"):
    path = tmp_path / "class.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_marks_and_line_ends_are_taken(tmp_path, encoding, end):
    """As spreadsheets of every kind write them, with empty lines at the end."""
    text = HEAD + "Ann Lee,ASIA1,s1,t1,123456789012,ann@example.com\nBo,ASIA2,s2,t2,,\n,,,,,\n"
    first, second = read(roster(tmp_path, text.replace("\n", end), encoding))
    assert (first.student, first.account, first.region) == ("Ann Lee", "123456789012", "us-east-1")
    assert first.person == {"email": "ann@example.com"}
    assert second.way["session_token"] == "t2"


def test_a_pasted_block_is_taken(tmp_path):
    """A credentials file beside the roster, as AWS Academy shows it, with a byte order mark."""
    block = "[default]\r\naws_access_key_id=ASIA1\r\naws_secret_access_key=s1\r\naws_session_token=t1\r\n"
    (tmp_path / "ann.ini").write_bytes(block.encode("utf-8-sig"))
    (row,) = read(roster(tmp_path, "student,credentials_file\nann,ann.ini\n"))
    assert row.way["session_token"] == "t1"


def test_a_sessions_keys_are_as_old_as_their_file(tmp_path):
    """Whoever pasted them first is asked first; what does not end like a session comes last."""
    (tmp_path / "ann.ini").write_text("[default]\naws_access_key_id=A\naws_secret_access_key=s\naws_session_token=t\n")
    os.utime(tmp_path / "ann.ini", (1000, 1000))
    path = roster(tmp_path, HEAD.replace("email", "profile,credentials_file") + "bo,A,s,t,,,\ncy,A,s,,,,\n")
    path.write_text(path.read_text() + "di,,,,,somebody,\nann,,,,,,ann.ini\n")
    os.utime(path, (2000, 2000))
    pasted = {row.student: row.pasted for row in read(path)}
    assert pasted == {"ann": 1000, "bo": 2000, "cy": math.inf, "di": math.inf}


def test_every_bad_row_is_told_at_once(tmp_path):
    """With its line and what is wrong, and without the secrets that stand in it."""
    bad = ",ASIA1,hidden1,t,, ann,,hidden2,t,, bo,ASIA3,,hidden3,, cy,ASIA4,hidden4,t,12, di,ASIA5,hidden5,t,, "
    text = HEAD + (bad + "di,ASIA6,hidden6,t,, ed,ASIA7,hidden7,t,,,hidden8").replace(" ", "\n")
    with pytest.raises(BadRoster) as refused:
        read(roster(tmp_path, text))
    told = str(refused.value)
    for wanted in (
        "line 2: the student has no name",
        "line 3: ann needs exactly one of",
        "line 4: bo has an access_key_id, but no secret_access_key",
        "line 5: cy's account '12' is not twelve digits",
        "line 8: it has more fields",
        "student 'di' is on 2 rows",
    ):
        assert wanted in told
    assert "hidden" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name,profile\nann,p\n", "there is no column 'student'"),
        ("student,profil\nann,p\n", "there is no column 'profil'"),
        ("student,email\nann,a@example.com\n", "there is no way into the accounts"),
        ("student,profile\n", "it has no rows"),
        ("student,role_arn\nann,voclabs\n", "is not the ARN of a role"),
        ("student,credentials_file\nann,none.ini\n", "cannot be read"),
        ("student,profile,profile\nann,p,q\n", "the 2. column is there twice"),
        ('student,profile\n"ann,p\n' + "bo,p\n" * 40_000, "line 2: this is not CSV"),
        ("student,account,profile\nann,1.23457E+11,p\n", r"account '1.23457E\+11' is not twelve digits"),
        ("student,account,profile\nann,١٢٣٤٥٦٧٨٩٠١٢,p\n", "ann's account is not twelve digits"),
        ("student,region,profile\nann,virginia,p\n", "ann's region 'virginia' is none; give one such as us-east-1"),
        ("\n\nstudent,profil\nann,p\n", "line 3: there is no column 'profil'"),
        ("Student,profile\nann,p\n", "there is no column 'Student'; column names are lower case: 'student'"),
        ("student;profile\nann;p\n", "separate by commas"),
        ("student,profile,\nann,p,\n", "the 3. column has no name; name it, or take it out"),
        ("student,account,profile\n\nann,p\n", r"line 3: it has fewer fields \(2\) than .* columns \(3\)"),
        ('student,profile\nann,p\n"bo,p\ncy,p\n', "line 3: this is not CSV: .* a quote that is opened must be closed"),
        ('student,profile\n"ann"s,p\n', "line 2: this is not CSV"),
        ('student,email,profile\nann,"a\nb",p\n', "line 2: the email has a line break in it; is a quote not closed"),
        ('student,profile\nann,"p\nbo,"\n', "line 2: the profile has a line break in it"),
        (f"student,email,profile\nann,{'a' * 201},p\n", "line 2: the email has 201 characters; 200 are the most"),
        ("student,profile\nJos\u00e9,p\nJose\u0301,p\n", "student 'Jos\u00e9' is on 2 rows"),
    ],
)
def test_what_is_no_roster_is_told(tmp_path, text, told):
    """In words that say what to do."""
    with pytest.raises(BadRoster, match=told):
        read(roster(tmp_path, text))


def test_lines_that_say_nothing_are_skipped(tmp_path):
    """Before the names, between the rows and behind them; what is told of the others names their own lines."""
    with pytest.raises(BadRoster, match=r"line 6: bo needs exactly one of"):
        read(roster(tmp_path, "\n\nstudent,profile\nann,p\n\nbo,\n  \n"))
    assert [row.student for row in read(roster(tmp_path, "\n\nstudent,profile\nann,p\n\nbo,q\n  \n"))] == ["ann", "bo"]


SECRET_KEY = "wJalrXUtnFEMIhiddenK7MDENGbPxRfiCYEXAMPL"


@pytest.mark.parametrize(
    "text",
    [
        "ann,ASIAHIDDEN1,wJalrXUtnFEMIhiddenK7MDENGbPxRfiCYEXAMPLE,IQoJhidden==\n",
        HEAD.replace(",email", "") + "ann,ASIA1,,s1,hidden\n",
        HEAD + f"ASIAHIDDENHIDDEN1234,{SECRET_KEY},t1,,\n",
        HEAD + f"{SECRET_KEY},,ASIA1,s1,,\n",
        HEAD + f"{SECRET_KEY}{SECRET_KEY},ASIA1,,,,\n" * 2,
        HEAD + f"{SECRET_KEY}{SECRET_KEY},ASIA1,s,,,\n" * 2,
        HEAD + f"ann,ASIA1,s,,,{SECRET_KEY}\n",
        HEAD + "bo,ASIA2,s2,t2,,b@x\n" + f'"ann,ASIA1,{SECRET_KEY},hidden,,a@x\ncy,ASIA3,hidden3,t3,,c@x\n',
        HEAD + f'ann,ASIA1,s1,t1,,"a@x\ncy,ASIA3,{SECRET_KEY},t3,,c@x\ndi,ASIA4,hidden,t4,,"\n',
        HEAD.replace("account", "region") + f"ann,ASIA1,s1,t1,{SECRET_KEY},\n",
    ],
    ids=[
        "no header", "shifted by a column", "a row without a student", "a key for a student", "two keys for a student",
        "two keys for two students", "a key for an address", "a quote that is not closed", "a quote closed too late",
        "a key for a region",
    ],
)  # fmt: skip
def test_a_secret_that_stands_in_a_wrong_place_is_not_shown(tmp_path, text):
    """Where the first line is no header, a row is shifted by a column, or a quote takes in the rows that follow."""
    with pytest.raises(BadRoster) as refused:
        read(roster(tmp_path, text))
    assert "hidden" not in str(refused.value).lower()


def test_a_profile_that_is_none_is_shown_only_as_a_name():
    """What stands in the column by a mistake may be a key."""
    assert why(ProfileNotFound(profile="ann")) == "The config profile (ann) could not be found"
    assert why(ProfileNotFound(profile=SECRET_KEY)) == "ProfileNotFound"


def test_a_row_shows_no_secret(tmp_path):
    """Neither in a log nor in a traceback."""
    (row,) = read(roster(tmp_path, HEAD + "ann,ASIA1,hidden,hidden,,\n"))
    assert "hidden" not in repr(row)


def test_a_roster_that_others_can_read_is_noticed(tmp_path):
    """It lets into accounts."""
    path = roster(tmp_path, HEAD)
    path.chmod(0o644)
    assert readable_by_others(path)
    path.chmod(0o600)
    assert not readable_by_others(path)
