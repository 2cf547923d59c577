"""A roster is read whole or not at all, and shows no secret."""

from __future__ import annotations

import math
import os

import pytest

from fixtures.roster import BadRoster, read, readable_by_others

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
    ],
)
def test_what_is_no_roster_is_told(tmp_path, text, told):
    """In words that say what to do."""
    with pytest.raises(BadRoster, match=told):
        read(roster(tmp_path, text))


@pytest.mark.parametrize(
    "text",
    [
        "ann,ASIAHIDDEN1,wJalrXUtnFEMIhiddenK7MDENGbPxRfiCYEXAMPLE,IQoJhidden==\n",
        HEAD.replace(",email", "") + "ann,ASIA1,,s1,hidden\n",
    ],
    ids=["no header", "shifted by a column"],
)
def test_a_secret_that_stands_in_a_wrong_place_is_not_shown(tmp_path, text):
    """Where the first line is no header, or a row is shifted by a column."""
    with pytest.raises(BadRoster) as refused:
        read(roster(tmp_path, text))
    assert "hidden" not in str(refused.value).lower()


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
