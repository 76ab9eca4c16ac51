"""`python -m huntline`, the same as the command `huntline`."""

from huntline.cli.main import main

main()
