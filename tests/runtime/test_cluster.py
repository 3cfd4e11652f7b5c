"""The scripts that train a network elsewhere."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path

import pytest

from nodes.graph.files import save
from nodes.graph.model import Network
from runtime.cluster import Cluster, slurm_script, torchrun_command
from runtime.commands import run
from runtime.runs import TrainingError
from runtime.train_command import _parser
from tests.runtime.networks import digits_graph

AWKWARD = "my $(touch broken) 'net'; x.netw"


def options(script: str) -> list[str]:
    return [line.removeprefix("#SBATCH ") for line in script.splitlines() if line.startswith("#SBATCH")]


def test_a_job_asks_for_what_was_wanted(tmp_path):
    wanted = Cluster(nodes=4, gpus_per_node=8, cpus_per_task=6, time="2-12", partition="gpu", account="lab.1")
    script = slurm_script(tmp_path / "LeNet 5.netw", wanted, base=tmp_path)
    assert options(script)[:8] == [
        "--job-name=LeNet-5", "--nodes=4", "--ntasks-per-node=1", "--gpus-per-node=8", "--cpus-per-task=48",
        "--time=2-12", "--partition=gpu", "--account=lab.1",
    ]  # fmt: skip
    assert "--nnodes=4" in script
    assert "--nproc-per-node=8" in script


def test_bash_reads_every_value_as_it_was_meant(tmp_path):
    """A stand-in for srun prints the words that it is given."""
    file = tmp_path / AWKWARD
    file.touch()
    for name, text in (("srun", 'printf "%s\\0" "$@"'), ("scontrol", "echo node1; echo node2")):
        (tmp_path / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / name).chmod(0o755)
    script = slurm_script(file, Cluster(), "runs of 'x'", ["data.source=/a b/$HOME"], tmp_path)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "SLURM_JOB_ID": "1234", "SLURM_JOB_NODELIST": "node[1-2]"}
    said = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=True)
    words = said.stdout.decode().split("\0")[:-1]
    assert "--rdzv-endpoint=node1:29734" in words
    at = words.index("runtime.train")
    assert words[at + 1 :] == [AWKWARD, "--out", "runs of 'x'", "--set", "data.source=/a b/$HOME"]
    assert not (tmp_path / "broken").exists()


def test_a_torchrun_command_is_what_our_training_reads(tmp_path):
    words = shlex.split(torchrun_command(tmp_path / AWKWARD, Cluster(gpus_per_node=2), settings=["recipe.epochs=3"]))
    at = words.index("runtime.train")
    read = _parser().parse_args(words[at + 1 :])
    assert (read.file, read.set) == (tmp_path / AWKWARD, ["recipe.epochs=3"])
    assert words[1:3] == ["--standalone", "--nproc-per-node=2"]


def test_several_machines_meet_at_the_first(tmp_path):
    command = torchrun_command(tmp_path / "n.netw", Cluster(nodes=2, gpus_per_node=0, host="node7"))
    assert (
        "--nnodes=2 --rdzv-backend=c10d --rdzv-id=netwright --rdzv-endpoint=node7:29500 --nproc-per-node=1" in command
    )


@pytest.mark.parametrize(
    "bad",
    [
        {"time": "1 day"},
        {"time": "1:2:3\n#SBATCH --x"},
        {"partition": "a b"},
        {"account": "$(x)"},
        {"host": "a;b"},
        {"nodes": 0},
    ],
)
def test_what_slurm_would_misread_is_refused(bad):
    with pytest.raises(TrainingError):
        Cluster(**bad)


def test_a_name_with_a_line_break_is_refused(tmp_path):
    with pytest.raises(TrainingError, match="line break"):
        slurm_script(tmp_path / "a\nb.netw", Cluster(), base=tmp_path)


def test_the_command_writes_a_job_from_its_own_folder(tmp_path, capsys):
    file, job = tmp_path / "net.netw", tmp_path / "job.sh"
    save(Network(digits_graph()), file)
    assert run(["cluster", str(file), "--out", str(job), "--nodes", "2", "--gpus-per-node", "4", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert Path(said["script_path"]).read_text() == said["slurm"]
    assert "-m runtime.train \\\n    net.netw \\\n" in said["slurm"]


def test_more_processes_than_a_batch_has_samples_are_refused(tmp_path, capsys):
    file = tmp_path / "net.netw"
    save(Network(digits_graph(), recipe={"batch_size": 16}), file)
    assert run(["cluster", str(file), "--nodes", "4", "--gpus-per-node", "4"]) == 2
    assert "less than two samples each. Set batch_size to 32 or more" in capsys.readouterr().err
