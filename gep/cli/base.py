"""The command line's frame: the app, what all commands share, and how a fault ends them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="gep",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"terminal_width": 110},
    help="What every township's nature is worth, and what follows from it. 生态产品总值核算工具箱。",
)

Lang = Annotated[str | None, typer.Option("--lang", help="zh or en; default: the locale 语言，默认随系统")]
To = Annotated[Path, typer.Option("--to", help="folder for the results 结果目录")]


def guarded(command: Callable[..., None]) -> Callable[..., None]:
    """Print the faults of a GepError and leave with the documented exit code; interrupt leaves with 130."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        from gep.cli import show
        from gep.errors import GepError

        lang = show.language(kwargs.get("lang"))
        try:
            command(*args, **kwargs)
        except GepError as error:
            errors, rest = show.faults(error.faults, lang, err=True)
            show.say(show.counted(errors, rest, lang), err=True)
            raise typer.Exit(show.INPUT_WRONG) from None
        except KeyboardInterrupt:
            show.say("中断；--resume 可续" if lang == "zh" else "interrupted; take it up again with --resume", err=True)
            raise typer.Exit(show.INTERRUPTED) from None
        except BrokenPipeError:  # the reader of a pipe (head, less) has seen enough
            import os
            import sys

            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(show.OK) from None
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            raise typer.Exit(show.defect(error, lang)) from None

    return run


@app.callback(invoke_without_command=True)
def top(
    ctx: typer.Context, version: Annotated[bool, typer.Option("--version", help="print the version 版本")] = False
) -> None:
    """Gross ecosystem product accounts per township. 乡镇生态产品总值核算。"""
    if version:
        from gep import __version__

        typer.echo(__version__)
        raise typer.Exit
