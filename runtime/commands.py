"""The commands, one function each. What needs torch is imported inside, so that help comes at once."""

from __future__ import annotations

import sys
import tempfile
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from nodes.catalogue import catalogue
from nodes.graph.files import NetworkFileError, load
from runtime import catalogue_pages, check_report, reports
from runtime.baselines_command import baselines
from runtime.cli import complain, has_display, show_window
from runtime.cluster_command import cluster
from runtime.command_options import Json
from runtime.crossvalidate_command import crossvalidate
from runtime.data.glance import glance
from runtime.evaluate_command import evaluate
from runtime.faults import MENDABLE, RefusalError, fault_of
from runtime.import_command import import_network
from runtime.preflight_command import preflight
from runtime.questions.exchange import Kind
from runtime.queue_command import app as queue_app
from runtime.range_test_command import ratetest
from runtime.report_command import report
from runtime.sample_command import sample
from runtime.sealed_command import seal, unseal, verify
from runtime.search_command import search
from runtime.surgery_command import surgery
from runtime.trust import trust_file

FAULTY = 1  # exit status of ``check`` where a problem is an error
INTERRUPTED = 130
OUR_FAULT = 70

UsageError: Any = typer.BadParameter.__base__  # click's; newer versions of typer carry a click of their own

app = typer.Typer(
    add_completion=False,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    help="Design, check, train and export neural networks. netwright [FILE] opens the window.",
)

NetworkFile = Annotated[Path, typer.Argument(metavar="FILE", help="A network file (.netw).", show_default=False)]
Trust = Annotated[bool, typer.Option("--trust", help="Run the Python code that came with this file, now and later.")]


def run(arguments: Sequence[str]) -> int:
    """Runs one command. Gives its exit status; a user's mistake is told in a sentence."""
    try:
        status = app(list(arguments), prog_name="netwright", standalone_mode=False)
        return status if isinstance(status, int) else 0
    except UsageError as error:
        command = f" {error.ctx.info_name}" if error.ctx and error.ctx.parent else ""
        return complain(f"{error.format_message().rstrip('.')}. See netwright{command} --help.")
    except typer.Exit as ended:
        return ended.exit_code
    except (typer.Abort, KeyboardInterrupt):
        complain("Stopped.")
        return INTERRUPTED
    except MENDABLE as error:
        return complain(str(fault_of(error)))
    except BrokenPipeError:
        sys.stderr.close()  # a reader such as head has had enough
        return 0
    except Exception:
        with tempfile.NamedTemporaryFile("w", prefix="netwright-", suffix=".txt", delete=False) as log:
            log.write(traceback.format_exc())
        complain(f"Something went wrong that should not. Please report it with the details in {log.name}.")
        return OUR_FAULT


@app.command()
def check(
    file: NetworkFile,
    every: Annotated[bool, typer.Option("--all", help="Every layer, also those inside blocks.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="The table for a spreadsheet.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="The table for a report.")] = False,
    as_json: Json = False,
) -> None:
    """Show layers, totals, training memory and problems of a network; exit 1 where there is an error."""
    if as_json + csv + markdown > 1:
        raise RefusalError("One form at a time.", "Keep one of --json, --csv and --markdown.")
    opened = load(file)
    report = check_report.checked(opened.network, glance(opened.network.data, file.parent))
    if as_json:
        reports.print_json(check_report.as_json(report) | {"faults": list(opened.faults)})
    elif csv or markdown:
        typer.echo(check_report.as_text(report, "csv" if csv else "markdown", every=every))
    else:
        check_report.print_check(Console(), report, every=every)
    if opened.faults:
        raise NetworkFileError(_damage(file, opened.faults))
    if report.has_errors:
        raise typer.Exit(FAULTY)


@app.command()
def train(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A network file (.netw).", show_default=False)
    ] = None,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Where the folder of the run is made.")] = Path("runs"),
    epochs: Annotated[int | None, typer.Option(help="Instead of the recipe's.", show_default=False)] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu or cuda.", show_default=False)] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="KEY=VALUE", help="As in the file: recipe.batch_size=64, data.source=../mnist."
        ),
    ] = None,
    resume: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Go on with the run in this folder.", show_default=False)
    ] = None,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Train a network, or go on with a run."""
    from runtime.progress import follow
    from runtime.train_command import prepare_run

    short = (("epochs", epochs), ("device", device))
    assigned = [f"recipe.{key}={value}" for key, value in short if value is not None] + (settings or [])
    run_folder = prepare_run(file, out, resume, assigned, trust=trust)
    report = follow(run_folder, resume=resume is not None, is_quiet=as_json)
    if as_json:
        reports.print_json(report)


@app.command()
def export(
    subject: Annotated[Path, typer.Argument(metavar="FILE|RUN", help="A network file or a run.", show_default=False)],
    onnx: Annotated[Path | None, typer.Option(metavar="OUT", help="Write an ONNX file.", show_default=False)] = None,
    python: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write PyTorch source.", show_default=False)
    ] = None,
    png: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a picture.", show_default=False)] = None,
    svg: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write a picture without pixels.", show_default=False)
    ] = None,
    script: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write a whole training, as .py or .ipynb.", show_default=False)
    ] = None,
    torch: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write an exported program, .pt2.", show_default=False)
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="OUT",
            help="Write the weights, .safetensors, with torchvision's names where it has this network.",
            show_default=False,
        ),
    ] = None,
    tex: Annotated[Path | None, typer.Option(metavar="OUT", help="Write a TikZ figure.", show_default=False)] = None,
    layers: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Write the layer table, as .csv, .md or .tex.", show_default=False),
    ] = None,
    opset: Annotated[int, typer.Option(help="Of the ONNX file.")] = 20,
    fold: Annotated[bool, typer.Option("--fold", help="Batch normalisation into the weights before it.")] = False,
    prepared: Annotated[
        bool, typer.Option("--prepared", help="The ONNX file takes pictures as bytes and names the class.")
    ] = False,
    precision: Annotated[str, typer.Option(help="Of the ONNX file: float32, float16 or int8.")] = "float32",
    threads: Annotated[int, typer.Option(min=1, max=1024, help="That its speed is measured with.")] = 1,
    scale: Annotated[float, typer.Option(min=0.01, max=20.0, help="Of a picture; at 1 a node is 168 px wide.")] = 1.0,
    dark: Annotated[bool, typer.Option("--dark", help="A picture on dark ground.")] = False,
    transparent: Annotated[bool, typer.Option("--transparent", help="A picture without any ground.")] = False,
    table: Annotated[bool, typer.Option("--table", help="The layer table below the picture.")] = False,
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Write a network as an ONNX file, which is proven equal, for PyTorch, as a picture or for a paper.

    The ONNX file takes what the network takes: normalised values. Mean and deviation of the raw ones stand in its
    metadata. A run is exported with its best weights, a network file with those that its recipe starts from, else
    with fresh ones.
    """
    program: Kind = "notebook" if script is not None and script.suffix == ".ipynb" else "script"
    files: dict[Kind, Path | None] = {
        "onnx": onnx, "python": python, program: script, "program": torch, "weights": weights, "figure": tex,
        "table": layers,
    }  # fmt: skip
    wanted = {kind: out for kind, out in files.items() if out is not None}
    if not (wanted or png or svg):
        raise RefusalError("Nothing was asked for.", "Add --onnx OUT, --python OUT, --png OUT or --svg OUT.")
    report: dict[str, object] = {}
    pictures = [_named(out, kind) for out, kind in ((png, ".png"), (svg, ".svg")) if out is not None]
    if pictures:
        from runtime.picture_command import write_pictures

        theme = "dark" if dark else "light"
        report |= write_pictures(
            subject, pictures, scale=scale, theme=theme, is_transparent=transparent, with_table=table
        )
    if wanted:
        choices = {"opset": opset, "folded": fold, "prepared": prepared, "precision": precision, "threads": threads}
        report |= _written(subject, wanted, choices, trust=trust)
    if as_json:
        reports.print_json(report)
    else:
        reports.print_export(Console(), report)


def _written(
    subject: Path, wanted: Mapping[Kind, Path], choices: Mapping[str, Any], *, trust: bool
) -> dict[str, object]:
    """What takes torch: all but the pictures."""
    from runtime.exchange.kinds import Wishes, write
    from runtime.exchange.subject import open_subject

    if trust:
        trust_file(subject)
    opened = open_subject(subject)
    report: dict[str, object] = {}
    lines: list[str] = []
    for kind, out in wanted.items():
        found = write(opened, kind, out, Wishes(**choices))
        lines += [f"{out}:", *(f"  {line}" for line in found.pop("lines"))]
        report |= found
    return report | {"lines": lines}


def _named(out: Path, kind: str) -> Path:
    """A picture's file; its name says of which kind it is. Raises RefusalError."""
    if out.suffix.lower() != kind:
        raise RefusalError(f"{out.name} does not end in {kind}.", f"Name it {out.with_suffix(kind).name}.")
    return out


@app.command()
def predict(
    run_folder: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run.", show_default=False)],
    inputs: Annotated[list[Path], typer.Argument(metavar="INPUT...", help="Picture files.", show_default=False)],
    trust: Trust = False,
    as_json: Json = False,
) -> None:
    """Say what a trained network makes of pictures."""
    from runtime.predict import Predictor

    if trust:
        trust_file(run_folder)
    predictor = Predictor(run_folder)
    found = [{"file": str(path)} | predictor.predict(path) for path in inputs]
    if as_json:
        reports.print_json({"predictions": found})
    else:
        reports.print_predictions(Console(), found)


app.command("import")(import_network)
app.command()(sample)
app.command()(evaluate)
app.command()(preflight)
app.command()(ratetest)
app.command()(search)
app.command()(surgery)
app.command()(cluster)
app.add_typer(queue_app, name="queue")
app.command()(crossvalidate)
app.command()(baselines)
app.command()(report)
app.command()(seal)
app.command()(unseal)
app.command()(verify)


@app.command()
def data(
    source: Annotated[
        str | None, typer.Argument(metavar="[SOURCE]", help="As data.source takes it.", show_default=False)
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Such as data.form=series.")
    ] = None,
    sheet: Annotated[
        Path | None,
        typer.Option(metavar="OUT", help="Draw training samples as they are and varied.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the forms of data that can be read, or say what a source gives: fields, shapes and counts.

    SOURCE may be a network file too: its data, and with --sheet the augmentation of its recipe.
    """
    from runtime import data_command

    if sheet is not None:
        if source is None:
            raise RefusalError("A contact sheet needs data.", "Name a source or a network file before --sheet.")
        drawn = data_command.sheet(source, settings or [], sheet)
        if as_json:
            reports.print_json(drawn)
        else:
            typer.echo(f"{drawn['path']}: {drawn['width']} × {drawn['height']} px")
        return
    if source is None:
        listed = data_command.listed()
        reports.print_json({"forms": listed}) if as_json else data_command.print_forms(Console(), listed)
        return
    described = data_command.described(source, settings or [])
    if as_json:
        reports.print_json(described)
    else:
        data_command.print_data(Console(), described)


@app.command()
def nodes(
    type_name: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="One node type, such as conv2d.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """List the node types by family, or show the whole page of one."""
    if type_name is not None:
        declared = catalogue_pages.find(type_name)
        if as_json:
            reports.print_json(catalogue_pages.as_json(declared))
        else:
            catalogue_pages.print_page(Console(), declared)
    elif as_json:
        reports.print_json({"nodes": [catalogue_pages.as_json(declared) for declared in catalogue()]})
    else:
        catalogue_pages.print_catalogue(Console())


@app.command()
def demo(
    headless: Annotated[bool, typer.Option("--headless", help="Without a window.")] = False,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Without a window: where everything is left.")] = Path(
        "netwright-demo"
    ),
    as_json: Json = False,
) -> None:
    """Do the whole job on the bundled digits: draw, check, train, plot, export, verify."""
    from runtime import demo as whole_job

    if not headless and has_display():
        raise typer.Exit(show_window(["--demo"]))
    console = Console(stderr=as_json)
    if not headless:
        console.print("There is no display, so the demo runs without a window.")
    report = whole_job.run(out, console)
    if as_json:
        reports.print_json(report)


@app.callback(invoke_without_command=True)
def netwright(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version.")] = False,
) -> None:
    """Design, check, train and export neural networks. netwright [FILE] opens the window."""
    if version:
        from runtime.version import version as current

        Console().print(f"netwright {current() or 'from its source tree'}", highlight=False)
    elif context.invoked_subcommand is None:
        raise RefusalError("No command was given.", "netwright --help lists them.")


def _damage(file: Path, faults: Sequence[str]) -> str:
    more = f" ({len(faults) - 1} more faults)" if len(faults) > 1 else ""
    return f"{file}: {faults[0]}{more} Open it in the window, which keeps a copy, and save it again."
