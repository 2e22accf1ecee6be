"""Reports of a comparison: HTML, Markdown, tables for CSV, charts as SVG and PNG."""

from stance.report.export import chart_files, charts, csv_text, files, tables
from stance.report.html import render_html
from stance.report.markdown import render_markdown

__all__ = ["chart_files", "charts", "csv_text", "files", "render_html", "render_markdown", "tables"]
