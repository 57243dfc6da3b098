"""Reports: what a month's report is made from, and the reports that were made."""
