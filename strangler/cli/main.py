"""The `strangler` command."""

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True)


@app.callback()
def strangler() -> None:
    """Take services out of a Python monolith, one feature at a time."""


def main() -> None:
    """Run the command line."""
    app()
