"""``python -m strangler``."""

from strangler.cli.main import main

if __name__ == "__main__":
    main()
