"""`stance quotes`: attribution alone, no classifier is loaded."""

from __future__ import annotations

import sys

import click

from stance.cli import options


@click.command("quotes")
@options.inputs
@options.extraction
@options.quiet
def command(
    inputs: tuple[str, ...],
    text_column: str | None,
    columns: tuple[str, ...],
    any_language: bool,
    speakers_file: str,
    extractor: str,
    quiet: bool,
) -> int:
    """Print every quotation of INPUT (files, folders, globs, - for stdin) as one JSON object a line.

    Offsets are half-open ranges of Unicode code points into the document's text. Exit status 1 if an input failed.
    """
    from stance import loaders, pipeline, records, store
    from stance.cli import progress
    from stance.loaders import columns as column_names

    sources = loaders.find_sources(inputs)
    toolkit = pipeline.prepare(pipeline.Settings(speakers_file=speakers_file, extractor=extractor), classify=False)
    documents = loaders.read(
        sources, text_column=text_column, columns=column_names.mapping(columns), any_language=any_language
    )
    failed = 0
    with progress.bar(progress.count(list(sources)), "quotes", quiet=quiet) as step:
        for number, item in enumerate(documents, 1):
            result = item if isinstance(item, loaders.Failure) else pipeline.attribute_safely(item, toolkit)
            if isinstance(result, loaders.Failure):
                click.echo(f"stance: {result.source}: {result.reason}", err=True)
                failed += 1
                continue
            by_id = {speaker.id: speaker for speaker in result.speakers}
            for quote in result.quotes:
                sys.stdout.write(store.dumps(records.quote_row(quote, by_id)) + "\n")
            if step:
                step(number, result.document.id)
    return 1 if failed else 0
