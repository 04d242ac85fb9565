"""`python -m gep`: the command line without the console script."""

from gep.cli import main

if __name__ == "__main__":
    main()
