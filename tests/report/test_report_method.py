"""What the report says of how it was made."""

from __future__ import annotations

from dataclasses import replace

from stance.report import render_html


def test_inputs_are_named_as_the_manifest_names_them(harbour, comparison) -> None:
    page = render_html(harbour, comparison)
    assert "<dt>Inputs</dt><dd><bdi>harbour</bdi></dd>" in page
    some = [{"id": f"n{number}", "sha256": "0"} for number in range(22)]
    page = render_html(replace(harbour, manifest={**harbour.manifest, "inputs": some}), comparison)
    assert "<bdi>n19</bdi> and 2 more</dd>" in page


def test_too_many_inputs_to_list_are_counted_with_their_hash(harbour, comparison) -> None:
    manifest = {"inputs": [], "inputs_sha256": "c0ffee" * 8, "counts": {"documents": 12000}}
    page = render_html(replace(harbour, manifest=manifest), comparison)
    assert "12,000 documents · sha256 of their ids and hashes c0ffeec0ffeec0ff…" in page
