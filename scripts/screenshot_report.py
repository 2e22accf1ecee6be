"""Pictures of a report: its first screen for the README, the whole page at any width, or the pages that a printer gets.

Needs `pip install playwright` and a Chromium.

    python scripts/screenshot_report.py RUN/report.html picture.png [--dark] [--width 1280 --height 1180]
    python scripts/screenshot_report.py RUN/report.html picture.png --whole [--open] [--width 400]
    python scripts/screenshot_report.py RUN/report.html pages.pdf
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path, help=".png, or .pdf for the printed pages (A4)")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--whole", action="store_true", help="the whole page instead of the first screen")
    parser.add_argument("--open", action="store_true", help="with every table unfolded")
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=1180)
    arguments = parser.parse_args()
    from playwright.sync_api import sync_playwright  # type: ignore[import-not-found,unused-ignore]

    with sync_playwright() as run:
        browser = run.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page(
            viewport={"width": arguments.width, "height": arguments.height},
            color_scheme="dark" if arguments.dark else "light",
        )
        page.goto(arguments.report.resolve().as_uri())
        if arguments.open:
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
        if arguments.picture.suffix == ".pdf":
            page.pdf(path=arguments.picture, prefer_css_page_size=True)
        else:
            page.screenshot(path=arguments.picture, full_page=arguments.whole)
        browser.close()


if __name__ == "__main__":
    main()
