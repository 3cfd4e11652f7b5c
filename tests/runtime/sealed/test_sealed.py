"""Sealed runs: there and back, replayed bit for bit, and what is hostile refused in a sentence."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from runtime.faults import RefusalError
from runtime.run_list import read_row
from runtime.runs import NETWORK
from runtime.sealed import archive
from runtime.sealed.archive import MANIFEST, read_manifest, seal, unseal
from runtime.sealed.replay import first_losses, verified
from runtime.train import train
from tests.runtime.networks import digits_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = digits_run(tmp_path_factory.mktemp("runs"), epochs=1, device="cpu")
    train(run)
    return run


@pytest.fixture(scope="module")
def sealed(run: Path) -> Path:
    file = run.parent / "digits.netwrun"
    seal(run, file)
    return file


def test_a_run_comes_back_as_it_was(run, sealed, tmp_path):
    back = unseal(sealed, tmp_path)
    assert back.name == run.name
    files = {p.relative_to(back).as_posix() for p in back.rglob("*") if p.is_file()}
    assert files == read_manifest(sealed).files.keys()
    assert all((back / name).read_bytes() == (run / name).read_bytes() for name in files)
    assert "lock" not in files
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o644  # others may read it, as any file of its owner's
    assert read_row(back).metrics == read_row(run).metrics
    with pytest.raises(RefusalError, match="is there already"):
        unseal(sealed, tmp_path)


def test_the_first_steps_come_out_bit_for_bit(run, sealed):
    told = verified(sealed, 12)
    assert told["is_exact"]
    assert (told["steps"], told["is_same"], told["max_abs_diff"]) == (12, True, 0.0)
    assert told["sentence"].endswith("The first 12 steps give the same losses, bit for bit.")


def test_the_folder_of_a_run_is_verified_by_its_steps_alone(run, tmp_path):
    told = verified(run, 3)
    assert (told["files"], told["is_same"]) == (None, True)
    assert told["sentence"] == "The first 3 steps give the same losses, bit for bit."
    with pytest.raises(RefusalError, match="is no run"):
        verified(tmp_path)


def test_a_loss_that_was_written_otherwise_is_found_though_its_hash_is_right(run, tmp_path):
    forged = tmp_path / run.name
    shutil.copytree(run, forged)
    first = first_losses(run, 1)[0]
    journal = (forged / "journal.jsonl").read_text()
    (forged / "journal.jsonl").write_text(journal.replace(f"[{first}", f"[{first / 2}", 1))
    seal(forged, tmp_path / "forged.netwrun")
    told = verified(tmp_path / "forged.netwrun", 5)
    assert told["is_same"] is False
    assert told["max_abs_diff"] == pytest.approx(first / 2)


def test_what_is_no_run_and_another_name_are_refused(run, tmp_path):
    with pytest.raises(RefusalError, match="is no run"):
        seal(tmp_path, tmp_path / "x.netwrun")
    with pytest.raises(RefusalError, match=r"Name it x\.netwrun"):
        seal(run, tmp_path / "x.zip")


def forged(file: Path, fill: Callable[[zipfile.ZipFile, dict], None]) -> Path:
    """An archive with a manifest of its own; ``fill`` adds to both."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        manifest: dict = {"format": "netwright-run", "version": 1, "name": "run", "files": {}}
        put(made, manifest, NETWORK, b"{}")
        fill(made, manifest)
        made.writestr(MANIFEST, json.dumps(manifest))
    return file


def put(made: zipfile.ZipFile, manifest: dict, name: str, data: bytes, **lies: object) -> None:
    made.writestr(name, data)
    manifest["files"][name] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} | lies


def link(made: zipfile.ZipFile, manifest: dict) -> None:
    info = zipfile.ZipInfo("checkpoints")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    made.writestr(info, "/etc")
    manifest["files"]["checkpoints"] = {"size": 4, "sha256": ""}


HOSTILE: dict[str, tuple[Callable[[zipfile.ZipFile, dict], None], str]] = {
    "above": (lambda z, m: put(z, m, "../above.txt", b"x"), "lead elsewhere"),
    "absolute": (lambda z, m: put(z, m, "/tmp/above.txt", b"x"), "lead elsewhere"),
    "drive": (lambda z, m: put(z, m, "c:/above.txt", b"x"), "lead elsewhere"),
    "backslash": (lambda z, m: put(z, m, "a\\..\\b.txt", b"x"), "lead elsewhere"),
    "device": (lambda z, m: put(z, m, "aux.txt", b"x"), "lead elsewhere"),
    "link": (link, "is a link"),
    "folder name": (lambda z, m: m.update(name="../run"), "lead elsewhere"),
    "bomb": (lambda z, m: put(z, m, "big.bin", bytes(100 * 2**20)), "more than a run of its size has"),
    "longer": (lambda z, m: put(z, m, "a.bin", b"12345", size=2), "longer than its manifest"),
    "other": (lambda z, m: put(z, m, "a.bin", b"12345", sha256="0" * 64), "its hash differs"),
    "unlisted": (lambda z, m: z.writestr("b.bin", b"x"), "does not hold what"),
    "missing": (lambda z, m: m["files"].update({"c.bin": {"size": 1, "sha256": ""}}), "does not hold what"),
    "doubled": (lambda z, m: (put(z, m, "A.txt", b"x"), put(z, m, "a.txt", b"x")), "two files of one name"),
    "newer": (lambda z, m: m.update(version=99), "newer program"),
}


@pytest.mark.parametrize("trick", HOSTILE)
def test_hostile_archives_are_refused_and_leave_nothing(trick, tmp_path):
    fill, words = HOSTILE[trick]
    file = forged(tmp_path / "bad.netwrun", fill)
    with pytest.raises(RefusalError, match=words):
        unseal(file, tmp_path / "out")
    assert not list((tmp_path / "out").rglob("*")) if (tmp_path / "out").exists() else True
    assert not (tmp_path / "above.txt").exists()


def test_a_list_of_millions_is_not_even_read(tmp_path):
    file = tmp_path / "many.netwrun"
    file.write_bytes(b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 65_000, 65_000, 2**31, 0, 0))
    with pytest.raises(RefusalError, match="lists 65,000 files"):
        unseal(file, tmp_path / "out")
    file.write_bytes(b"no zip at all")
    with pytest.raises(RefusalError, match="is no sealed run"):
        unseal(file, tmp_path / "out")


def test_a_damaged_archive_is_refused(sealed, tmp_path):
    data = bytearray(sealed.read_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "damaged.netwrun").write_bytes(data)
    with pytest.raises(RefusalError, match=r"damaged|differs"):
        unseal(tmp_path / "damaged.netwrun", tmp_path / "out")
    assert archive.SUFFIX == ".netwrun"
