"""`python -m console` is the same as `toprelatie`."""

from console.cli import main

main()
