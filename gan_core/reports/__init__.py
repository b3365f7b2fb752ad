"""What people take away: documents, tables, curves and figures as files.

Offers `document` (HTML with everything inside, and Markdown), `table` (Markdown, CSV, LaTeX), `columns` (logged series
as CSV and JSON) and `svg`. Nothing here knows a run. Start with `document`.
"""
