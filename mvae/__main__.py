"""`python -m mvae` is the `mvae` command."""

from .cli import main

main()
