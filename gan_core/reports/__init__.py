"""What people take away: documents, tables, curves and charts as files.

Offers `document` (one HTML file), `table` (Markdown, HTML, CSV, LaTeX), `columns` (logged series as CSV and JSON) and
`svg` (line charts). Read `document` first.
"""
