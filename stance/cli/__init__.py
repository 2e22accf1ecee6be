"""The command line: a lazy group, one short file a command."""
