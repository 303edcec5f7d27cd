"""One page of what a warehouse holds and how well it does, to hand round: report.html, summary.md and report.json.

It knows what a recipient of the release knows, and the figures of `quality` and `experiment`: no name, no identifier, no moment
and no word of anybody that was not released.
"""

REPORT = "report"  # the folder in SIMPACT_HOME
PAGE, SUMMARY, NUMBERS, PREVIOUS = "report.html", "summary.md", "report.json", "previous.json"
