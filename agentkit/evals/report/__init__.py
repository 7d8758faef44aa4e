"""What came of a run, to be looked at: `report.json` and a `report.html` that opens from disk.

`write_report` is all that is needed; the numbers are `agentkit.evals.scoring`'s.
"""

from agentkit.evals.report.data import Report, report_schema
from agentkit.evals.report.write import write_report

__all__ = ["Report", "report_schema", "write_report"]
