"""Reports of pytest's plugins go to a temporary folder first."""

from __future__ import annotations

from pathlib import Path

from reports.staging import StagedReports
from tests.support.checks_run import run_checks


def test_a_report_that_is_not_published_leaves_the_earlier_one(tmp_path):
    """As in a run that is killed."""
    final = tmp_path / "report.html"
    final.write_text("earlier")
    staged = StagedReports()
    Path(staged.stage(str(final))).parent.mkdir(parents=True)
    staged.clean_up()
    assert final.read_text() == "earlier"


def test_a_report_that_was_not_written_is_named(tmp_path):
    """With pytest's error, or without one."""
    staged = StagedReports()
    first, second = (Path(staged.stage(str(tmp_path / name))) for name in ("a.html", "b.xml"))
    failed = {first: OSError(28, "No space left on device")}
    errors = [str(error) for _, error in staged.publish(failed)]
    assert f"could not write {tmp_path / 'a.html'}: No space left on device" in errors[0]
    assert f"could not write {tmp_path / 'b.xml'}: pytest wrote no report" in errors[1]
    assert not second.exists()


def test_reports_are_printed_with_their_final_paths(tmp_path):
    """pytest-html's style sheet comes along."""
    page, xml = tmp_path / "html" / "page.html", tmp_path / "results.xml"
    run = run_checks(tmp_path / "out", "checks", "-k", "test_alias", f"--html={page}", f"--junitxml={xml}")
    assert page.is_file()
    assert (page.parent / "assets" / "style.css").is_file()
    assert page.as_uri() in run.printed
    assert f"generated xml file: {xml}" in run.printed
