"""How large `class.html` is, and how fast Chromium loads, sorts and filters it: `python -m bench.class_page [COUNT]`.

The processor is slowed four times. A time is that of the script and the layout after it: of each sort and filter the
quickest of three, because other processes only add to it, and of all of them the shortest and the longest.
"""

from __future__ import annotations

import itertools
import sys
import tempfile
from pathlib import Path

from grading.sanitizing import sanitize_record
from reports.writer import ReportWriter
from tests.support import records
from tests.support.browser import chromium, opened

SLOWED = 4
LIMIT_MS = 100
MEASURED = """
const done = arguments[0], sorts = [], filters = [];
const settled = () => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0)));
async function timed(times, act, before = () => {}) {
  const tries = [];
  for (let number = 0; number < 3; number++) {
    before();
    await settled();
    const began = performance.now();
    act();
    document.body.offsetHeight;
    tries.push(performance.now() - began);
  }
  times.push(Math.min(...tries));
}
(async () => {
  const heads = document.querySelectorAll("#heat thead button");
  for (const column of [2, 2, 0, 4, 0]) await timed(sorts, () => heads[column].click());
  const name = document.querySelector("#filter-name");
  const filter = (text) => () => { name.value = text; name.dispatchEvent(new Event("input", {bubbles: true})); };
  for (const [before, text] of [["", "0"], ["0", "01"], ["01", "010"], ["010", ""]])
    await timed(filters, filter(text), filter(before));
  const [load] = performance.getEntriesByType("navigation");
  done({sorting: sorts, filtering: filters, loading: [load.loadEventEnd]});
})();
"""


def main(count: int) -> int:
    kinds = itertools.cycle((records.mixed, lambda *_: "pass", lambda *_: "fail", lambda *_: "error"))
    sections = itertools.cycle(({"section": "A"}, {"section": "B"}))
    accounts = [records.account(n, next(kinds), person=next(sections)) for n in range(1, count + 1)]
    with tempfile.TemporaryDirectory() as place, chromium(Path(place) / "profile") as browser:
        ReportWriter(Path(place), ()).write(sanitize_record(records.run(*accounts)), {})
        page = Path(place) / "class.html"
        browser.set_script_timeout(120)
        browser.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        found = opened(browser, page).execute_async_script(MEASURED)
        print(f"class.html of {count:,}: {page.stat().st_size / 1000:.0f} KB")
    for what, times in found.items():
        print(f"{what}: {min(times):.0f} to {max(times):.0f} ms")
    held = max(*found["sorting"], *found["filtering"]) < LIMIT_MS
    print("held" if held else "NOT HELD")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000))
