"""A picture of a report's first screen, for the README. Needs `pip install playwright` and a Chromium.

python scripts/screenshot_report.py RUN/report.html picture.png [--dark] [--width 1280 --height 1180]
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("report", type=Path)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--dark", action="store_true")
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
        page.screenshot(path=arguments.picture)
        browser.close()


if __name__ == "__main__":
    main()
