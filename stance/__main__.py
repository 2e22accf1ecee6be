"""`python -m stance`: the same as the command `stance`."""

from stance.cli.main import main

main()
