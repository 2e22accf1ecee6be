"""The page in a real browser: opens from disk with the network off, filters, links, fits, and runs nothing but its own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from stance.compare import compare
from stance.report import render_html

pytestmark = pytest.mark.browser

_PLACE = "node_modules/axe-core/axe.min.js"
AXE = [Path(folder) / _PLACE for folder in (".", Path(__file__).parents[2], os.environ.get("AXE_PREFIX", "."))]


@pytest.fixture(scope="module")
def address(tmp_path_factory, harbour, comparison) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render_html(harbour, comparison), encoding="utf-8")
    return path.as_uri()


def opened(browser: Any, address: str, **options: Any) -> tuple[Any, list[str]]:
    """A page with the network off, and the list that its complaints go to."""
    page = browser.new_context(offline=True, **options).new_page()
    complaints: list[str] = []
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: complaints.append(request.url) if not request.url.startswith("file:") else None)
    page.goto(address)
    return page, complaints


def visible(page: Any) -> int:
    return page.locator(".note:visible").count()


def shows(page: Any, count: int) -> None:
    """Wait until as many quotations are shown (the page's policy forbids `wait_for_function`, which evaluates text)."""
    from playwright.sync_api import expect

    expect(page.locator(".note:visible")).to_have_count(count)


def test_it_opens_from_disk_without_a_complaint(browser, address):
    page, complaints = opened(browser, address)
    both = "Quotes under “The port’s case” and “The islanders’ case”"
    assert page.locator("h1").inner_text() == f"{both} differ most on Sound Tunnel and Port of Oster"
    assert visible(page) == 13
    assert complaints == []


def test_the_filter_narrows_and_says_how_many(browser, address):
    page, _ = opened(browser, address)
    page.select_option("[name=g]", "1")
    page.select_option("[name=s]", "a")
    shows(page, 4)
    assert page.locator(".status").inner_text().startswith("4 of 13 quotes")
    page.fill("[name=w]", "fishing")
    shows(page, 1)
    page.click("text=Show all quotes")
    shows(page, 13)


def test_with_a_target_chosen_quotes_are_tinted_by_it_alone(browser, address):
    page, _ = opened(browser, address)
    note = page.locator(".note.mixed").first
    number, target = note.get_attribute("data-n"), note.get_attribute("data-t").split()[0][:-1]
    page.select_option("[name=t]", target)
    page.wait_for_timeout(250)
    assert page.locator(f"#q{number}").get_attribute("class") == "note favor"
    assert page.locator(f"mark[data-inner='{number}']").first.get_attribute("class") == "favor"


def test_numbers_lead_to_their_quotes_and_back(browser, address):
    page, _ = opened(browser, address)
    row = page.locator("tr[id^='s-1-']").filter(has_text="Sound Tunnel")
    number = row.locator("td a").first
    assert number.inner_text() == "3"
    number.click()
    shows(page, 3)
    assert page.locator("#evidence").bounding_box()["y"] < 200
    back = page.locator(".note:visible .calls a").first
    target = back.get_attribute("href")
    back.click()
    assert page.locator(target).evaluate("e => e.matches(':target')")
    page.go_back()
    assert visible(page) == 3


def test_every_number_in_the_stance_table_counts_what_it_shows(browser, address):
    page, _ = opened(browser, address)
    for link in page.locator("tr[id^='s-'] td a").all():
        wanted = int(link.inner_text())
        shown = link.evaluate(
            "a => { location.hash = a.getAttribute('href'); window.dispatchEvent(new HashChangeEvent('hashchange'));"
            " return document.querySelectorAll('.note:not([hidden])').length; }"
        )
        assert shown == wanted


def test_a_link_to_a_filtered_quote_shows_it_again(browser, address):
    page, _ = opened(browser, address + "#find?g=1")
    assert visible(page) == 6
    page.evaluate("location.hash = '#q1'")
    shows(page, 13)


@pytest.mark.parametrize("width", [320, 400, 768, 1280])
def test_nothing_runs_off_the_side(browser, address, width):
    page, _ = opened(browser, address, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [400, 800, 1200])
def test_no_word_of_a_chart_runs_out_of_it_and_charts_are_as_wide_as_the_text(browser, address, width):
    page, _ = opened(browser, address, viewport={"width": width, "height": 800})
    found = page.evaluate(
        """[...document.querySelectorAll('.chart svg')].filter(one => one.getClientRects().length).map(one => {
             const box = one.getBoundingClientRect();
             const out = [...one.querySelectorAll('text')].filter(text => {
               const own = text.getBoundingClientRect();
               return own.left < box.left - 2 || own.right > box.right + 2 || own.bottom > box.bottom + 2;
             });
             return [box.width, one.closest('section').clientWidth, out.map(text => text.textContent)];
           })"""
    )
    assert found
    assert [words for _, _, words in found if words] == []
    assert max(chart / text for chart, text, _ in found) > (0.9 if width != 400 else 0.85)


def test_dark_mode_is_dark_and_readable(browser, address):
    page, complaints = opened(browser, address, color_scheme="dark")
    ground, ink = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    assert sum(int(part) for part in ground[4:-1].split(",")) < 120
    assert sum(int(part) for part in ink[4:-1].split(",")) > 600
    assert complaints == []


def test_it_can_be_used_by_keyboard(browser, address):
    page, _ = opened(browser, address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the answer"
    for _ in range(3):
        page.keyboard.press("Tab")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_it_prints_on_a4(browser, address, tmp_path):
    page, _ = opened(browser, address)
    printed = page.pdf(format="A4", prefer_css_page_size=True)
    assert printed.startswith(b"%PDF")
    page.emulate_media(media="print")
    assert not page.locator("form.filter").is_visible()
    assert not page.locator("nav.toc").is_visible()


@pytest.mark.parametrize("by", ["section", "outlet", "speaker", None])
def test_hostile_text_runs_nothing(browser, hostile, tmp_path, by):
    path = tmp_path / "evil.html"
    path.write_text(render_html(hostile, compare(hostile, by=by) if by else None), encoding="utf-8")
    page, complaints = opened(browser, path.as_uri())
    assert page.evaluate("window.hacked") is None
    assert "<script>window.hacked=1</script>" in page.locator("body").inner_text()
    assert complaints == []
    page.fill("[name=w]", "<script>")
    page.wait_for_timeout(200)
    assert visible(page) == 4


def test_markup_that_slips_through_is_stopped_by_the_policy(browser, address, tmp_path):
    source = Path(address.removeprefix("file://")).read_text(encoding="utf-8")
    path = tmp_path / "slipped.html"
    path.write_text(
        source.replace("<main", '<script>window.hacked=1</script><img src="http://x.test/a.png"><main'), "utf-8"
    )
    page, complaints = opened(browser, path.as_uri())
    assert page.evaluate("window.hacked") is None
    assert any("Content Security Policy" in complaint for complaint in complaints)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault(browser, address, scheme):
    axe = next((p for p in AXE if p.is_file()), None)
    if axe is None:
        pytest.skip("axe-core is not installed (npm install axe-core)")
    page = browser.new_context(color_scheme=scheme, bypass_csp=True).new_page()
    page.goto(address)
    page.evaluate(axe.read_text(encoding="utf-8"))
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    faults = page.evaluate("axe.run().then(r => r.violations.map(v => [v.impact, v.id, v.nodes[0].html]))")
    assert [fault for fault in faults if fault[0] in ("serious", "critical")] == []
