import csv
import errno
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from serving import serving

from cnnlib.data import download, eurosat

module = import_module("cnnlib.data.eurosat")  # the name in the package is the function's
jpegs = import_module("cnnlib.data.jpegs")

REPOSITORY = Path(__file__).parents[2]
SMALL = {"Forest": 12, "River": 20}  # numbers of two digits: their order is not that of the names


def whole_set() -> Path | None:
    """Return a folder with EuroSAT's archives, or None."""
    places = [os.environ.get("EUROSAT_ROOT"), *(above / "shared/data/eurosat" for above in REPOSITORY.parents[:2])]
    return next((Path(place) for place in places if place and Path(place).is_dir()), None)


WHOLE = whole_set()
needs_whole_set = pytest.mark.skipif(
    WHOLE is None, reason="EuroSAT is not here: set EUROSAT_ROOT to a folder that holds EuroSAT_RGB.zip"
)


def jpeg(rng, size=(64, 64), mode="RGB") -> bytes:
    """Return a JPEG file of coarse coloured noise."""
    file = io.BytesIO()
    coarse = Image.fromarray(rng.integers(0, 256, (4, 4, 3), np.uint8))
    coarse.resize(size).convert(mode).save(file, "JPEG", quality=95)
    return file.getvalue()


def write(path: Path, files: dict[str, bytes]) -> None:
    """Write a zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)


def unpack(folder: Path, files: dict[str, bytes]) -> None:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def pixels(files: dict[str, bytes]) -> np.ndarray:
    """Return the tiles as they must come out, decoded one by one."""
    names = [f"EuroSAT_RGB/{label}/{label}_{n}.jpg" for label, count in SMALL.items() for n in range(1, count + 1)]
    return np.stack([np.asarray(Image.open(io.BytesIO(files[name]))) for name in names])


@pytest.fixture
def files():
    rng = np.random.default_rng(0)
    names = sorted(
        f"EuroSAT_RGB/{label}/{label}_{n}.jpg" for label, count in SMALL.items() for n in range(1, count + 1)
    )
    return {name: jpeg(rng) for name in names}


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A folder that EUROSAT_ROOT names, a cache beside it, and a EuroSAT of 32 tiles in two classes."""
    (tmp_path / "root").mkdir()
    monkeypatch.setattr(module, "COUNTS", SMALL)
    monkeypatch.setenv("EUROSAT_ROOT", str(tmp_path / "root"))
    monkeypatch.setenv("CNNLIB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "root"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


def kept(cache: Path) -> list[str]:
    """Return what lies in the cache, but for the empty file of the lock."""
    return sorted(path.name for path in cache.glob("*") if path.suffix != ".lock")


def test_an_archive_becomes_one_memory_map_class_by_class_and_number_by_number(root, cache, files):
    write(root / "EuroSAT_RGB.zip", files)
    tiles = eurosat("paper")
    assert isinstance(tiles.images, np.memmap)
    assert not tiles.images.flags.writeable
    np.testing.assert_array_equal(tiles.images, pixels(files))
    np.testing.assert_array_equal(tiles.labels, [0] * 12 + [1] * 20)
    assert (tiles.name, tiles.classes, tiles.channels) == (
        "eurosat-paper",
        ("Forest", "River"),
        ("red", "green", "blue"),
    )
    assert kept(cache) == ["eurosat.json", "eurosat.npy"]
    np.testing.assert_array_equal(np.load(cache / "eurosat.npy"), tiles.images)  # a plain file for everybody


def test_the_first_edition_calls_its_folder_2750(root, files):
    write(root / "EuroSAT.zip", {name.replace("EuroSAT_RGB", "2750"): data for name, data in files.items()})
    np.testing.assert_array_equal(eurosat("paper").images, pixels(files))


def test_several_archives_are_one_set(root, files):
    names = list(files)
    write(root / "EuroSAT_RGB-0.zip", {name: files[name] for name in names[:15]})
    write(root / "EuroSAT_RGB-1.zip", {name: files[name] for name in names[15:]})
    np.testing.assert_array_equal(eurosat("paper").images, pixels(files))


def test_archives_that_disagree_are_refused(root, files):
    write(root / "EuroSAT.zip", files)
    name = next(iter(files))
    write(root / "EuroSAT_RGB.zip", {name: files[name] + b"\0"})
    with pytest.raises(ValueError, match="different tiles of one name: keep one of the archives"):
        eurosat("paper")


@pytest.mark.parametrize("inside", ["", "EuroSAT_RGB"])
def test_unpacked_files_will_do(root, files, monkeypatch, inside):
    unpack(root, files)
    monkeypatch.setenv("EUROSAT_ROOT", str(root / inside))
    np.testing.assert_array_equal(eurosat("paper").images, pixels(files))


def test_it_is_packed_once_and_an_archive_and_its_unpacked_files_are_the_same_set(root, cache, files):
    write(root / "EuroSAT_RGB.zip", files)
    eurosat("paper")
    packed = (cache / "eurosat.npy").stat()
    eurosat("paper")
    unpack(root, files)
    eurosat("paper")
    assert (cache / "eurosat.npy").stat() == packed


def test_what_is_packed_needs_no_archive(root, files, monkeypatch):
    write(root / "EuroSAT_RGB.zip", files)
    expected = np.array(eurosat("paper").images)
    shutil.rmtree(root)
    monkeypatch.delenv("EUROSAT_ROOT")
    np.testing.assert_array_equal(eurosat("paper").images, expected)


def test_an_archive_in_the_cache_is_found(root, cache, files, monkeypatch):
    monkeypatch.delenv("EUROSAT_ROOT")
    cache.mkdir()
    write(cache / "EuroSAT_RGB.zip", files)
    np.testing.assert_array_equal(eurosat("paper").images, pixels(files))


def test_packing_shows_its_progress(root, files, capsys):
    write(root / "EuroSAT_RGB.zip", files)
    eurosat("paper")
    assert "packing EuroSAT: 100%" in capsys.readouterr().err


def test_where_it_is_nowhere_the_message_says_what_to_do(root, cache, monkeypatch):
    monkeypatch.delenv("EUROSAT_ROOT")
    with pytest.raises(FileNotFoundError, match=r"eurosat\(download=True\).*zenodo.*EUROSAT_ROOT.*landsat\(\)"):
        eurosat()
    assert kept(cache) == []


def test_a_root_without_tiles_is_named(root):
    write(root / "EuroSAT_MS.zip", {"EuroSAT_MS/Forest/Forest_1.tif": b"13 bands"})
    with pytest.raises(FileNotFoundError, match=r"root holds no tiles: wanted are .*not EuroSAT_MS"):
        eurosat("paper")


@pytest.mark.parametrize("keep", [0.5, 0.99, 0.0])
def test_a_truncated_archive_is_named_and_leaves_nothing(root, cache, files, keep):
    write(root / "EuroSAT_RGB.zip", files)
    data = (root / "EuroSAT_RGB.zip").read_bytes()
    (root / "EuroSAT_RGB.zip").write_bytes(data[: int(keep * len(data))])
    with pytest.raises(ValueError, match=r"EuroSAT_RGB\.zip is no whole zip archive .* download it again"):
        eurosat("paper")
    assert kept(cache) == []


def test_a_flipped_byte_in_an_archive_is_noticed(root, cache, files):
    write(root / "EuroSAT_RGB.zip", files)
    data = bytearray((root / "EuroSAT_RGB.zip").read_bytes())
    data[len(data) // 2] ^= 0xFF
    (root / "EuroSAT_RGB.zip").write_bytes(data)
    with pytest.raises(ValueError, match=r"(River|Forest)_\d+\.jpg in .*EuroSAT_RGB\.zip is damaged"):
        eurosat("paper")
    assert kept(cache) == []


@pytest.mark.parametrize("as_files", [True, False])
@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rng, data: data[:200], "is damaged"),
        (lambda rng, data: b"<html>not found</html>", "is damaged"),
        (lambda rng, data: b"", "is damaged"),
        (lambda rng, data: jpeg(rng, (65, 64)), "is no tile of EuroSAT RGB: 65 × 64 pixels, RGB instead of 64 × 64"),
        (lambda rng, data: jpeg(rng, mode="L"), "is no tile of EuroSAT RGB: 64 × 64 pixels, L"),
        (lambda rng, data: bytes(2_000_000), "has 2000000 bytes, too many for a tile"),
    ],
    ids=["cut", "text", "empty", "size", "gray", "bomb"],
)
def test_a_bad_jpeg_is_named_and_leaves_nothing(root, cache, files, spoil, message, as_files):
    name = "EuroSAT_RGB/River/River_7.jpg"
    files[name] = spoil(np.random.default_rng(1), files[name])
    if as_files:
        unpack(root, files)
    else:
        write(root / "EuroSAT_RGB.zip", files)
    with pytest.raises(ValueError, match=rf"River_7\.jpg.* {message}"):
        eurosat("paper")
    assert kept(cache) == []


def test_missing_tiles_are_named(root, files):
    for number in (3, 5, 6, 11):
        del files[f"EuroSAT_RGB/River/River_{number}.jpg"]
    write(root / "EuroSAT_RGB.zip", files)
    named = r"4 \(River/River_3.jpg, River/River_5.jpg, River/River_6.jpg, ...\) missing, 0 unknown"
    with pytest.raises(ValueError, match=f"the 32 tiles of EuroSAT RGB: {named}"):
        eurosat("paper")


@pytest.mark.parametrize("name", ["Desert/Desert_1.jpg", "River/River_21.jpg"])
def test_another_set_s_tiles_are_named(root, files, name):
    write(root / "EuroSAT_RGB.zip", files | {f"EuroSAT_RGB/{name}": b""})
    with pytest.raises(ValueError, match=rf"0 missing, 1 \({name}\) unknown"):
        eurosat("paper")


HOSTILE = [
    "../Forest/Forest_1.jpg",
    "/Forest/Forest_1.jpg",
    "EuroSAT_RGB/../Forest/Forest_1.jpg",
    "C:/Forest/Forest_1.jpg",
]


def test_hostile_names_in_an_archive_are_passed_over(root, cache, files, tmp_path):
    others = [*HOSTILE, "__MACOSX/EuroSAT_RGB/Forest/._Forest_1.jpg", "EuroSAT_RGB/Forest/", "EuroSAT_RGB/README"]
    write(root / "EuroSAT_RGB.zip", files | dict.fromkeys(others, b"evil"))
    np.testing.assert_array_equal(eurosat("paper").images, pixels(files))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "root"]
    assert kept(cache) == ["eurosat.json", "eurosat.npy"]


def test_hostile_names_do_not_stand_for_tiles(root, files):
    first = "EuroSAT_RGB/Forest/Forest_1.jpg"
    write(root / "EuroSAT_RGB.zip", dict.fromkeys(HOSTILE, files.pop(first)) | files)
    with pytest.raises(ValueError, match=r"1 \(Forest/Forest_1.jpg\) missing, 0 unknown"):
        eurosat("paper")


def cut(path):
    path.write_bytes(path.read_bytes()[:-1])


def flip(path):
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)


def foreign(path):
    np.save(path, np.zeros((32, 64, 64, 3), np.uint8))


def foreign_with_manifest(path):
    np.save(path, np.zeros((31, 64, 64, 3), np.uint8))
    note = json.loads(path.with_suffix(".json").read_text()) | {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(note))


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (cut, "is cut off or was changed"),
        (flip, "is cut off or was changed"),
        (foreign, "is cut off or was changed"),
        (foreign_with_manifest, "holds another set"),
        (lambda path: path.with_suffix(".json").unlink(), "or its manifest is missing"),
        (lambda path: path.with_suffix(".json").write_text("{"), "cannot be read"),
        (lambda path: path.with_suffix(".json").write_text("[]"), "cannot be read"),
    ],
    ids=["cut", "flipped", "foreign", "foreign with manifest", "no manifest", "half a manifest", "another manifest"],
)
def test_a_spoiled_file_in_the_cache_is_said_and_packed_anew(root, cache, files, spoil, reason):
    write(root / "EuroSAT_RGB.zip", files)
    eurosat("paper")
    spoil(cache / "eurosat.npy")
    with pytest.warns(UserWarning, match=rf"eurosat\.npy {reason}.*: it is packed anew") as said:
        tiles = eurosat("paper")
    assert said[0].filename == __file__
    np.testing.assert_array_equal(tiles.images, pixels(files))
    eurosat("paper")  # in silence


def test_a_spoiled_file_without_an_archive_is_said_before_the_way_out(root, cache, files, monkeypatch):
    write(root / "EuroSAT_RGB.zip", files)
    eurosat("paper")
    cut(cache / "eurosat.npy")
    monkeypatch.delenv("EUROSAT_ROOT")
    with pytest.warns(UserWarning, match="cut off"), pytest.raises(FileNotFoundError, match="download=True"):
        eurosat("paper")


def test_other_archives_in_the_root_are_packed_anew(root, files):
    write(root / "EuroSAT_RGB.zip", files)
    eurosat("paper")
    files["EuroSAT_RGB/River/River_1.jpg"] = jpeg(np.random.default_rng(9))
    write(root / "EuroSAT_RGB.zip", files)
    with pytest.warns(UserWarning, match="was packed from other archives"):
        tiles = eurosat("paper")
    np.testing.assert_array_equal(tiles.images, pixels(files))


def test_packing_that_is_interrupted_leaves_nothing(root, cache, files, monkeypatch):
    write(root / "EuroSAT_RGB.zip", files)

    def interrupted(found):
        yield from list(jpegs.read(found))[:5]
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(module, "read", interrupted)
        eurosat("paper")
    assert kept(cache) == []
    np.testing.assert_array_equal(eurosat("paper").images, pixels(files))


def test_a_full_disk_leaves_nothing_and_says_what_to_do(root, cache, files, monkeypatch):
    write(root / "EuroSAT_RGB.zip", files)

    def full(number):
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        monkeypatch.context() as patch,
        pytest.raises(OSError, match=r"No space left .*another folder with CNNLIB_CACHE"),
    ):
        patch.setattr(os, "fsync", full)
        eurosat("paper")
    assert kept(cache) == []


def test_a_cache_that_is_no_folder_says_what_to_do(root, cache, files):
    write(root / "EuroSAT_RGB.zip", files)
    cache.write_text("a file")
    with pytest.raises(OSError, match=r"cache cannot take EuroSAT.*CNNLIB_CACHE"):
        eurosat("paper")


def test_what_a_killed_process_left_half_written_is_never_read(root, cache, files):
    write(root / "EuroSAT_RGB.zip", files)
    cache.mkdir()
    (cache / "eurosat.npy.part").write_bytes(b"half")
    np.testing.assert_array_equal(eurosat("paper").images, pixels(files))
    assert kept(cache) == ["eurosat.json", "eurosat.npy"]


PACKING = """
import sys, time
from importlib import import_module
module = import_module("cnnlib.data.eurosat")
module.COUNTS = {"Forest": 12, "River": 20}
read = module.read

def slowly(found):
    print("packs", flush=True)
    for tile in read(found):
        time.sleep(0.02)
        yield tile

module.read = slowly
print(int(module.eurosat("paper").images.astype(int).sum()))
"""


def test_two_processes_that_pack_at_once_do_it_once(root, cache, files):
    write(root / "EuroSAT_RGB.zip", files)
    command = [sys.executable, "-W", "error", "-c", PACKING]
    started = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY) for _ in range(2)]
    lines = [process.communicate(timeout=60)[0].split() for process in started]
    total = str(pixels(files).astype(int).sum())
    assert sorted(lines) == sorted([["packs", total], [total]])
    assert kept(cache) == ["eurosat.json", "eurosat.npy"]


@pytest.fixture
def site(root, files, monkeypatch, tmp_path):
    """The official archive, of 32 tiles, on a server in this process; no root."""
    write(tmp_path / "official.zip", files)
    content = (tmp_path / "official.zip").read_bytes()
    (tmp_path / "official.zip").unlink()
    monkeypatch.delenv("EUROSAT_ROOT")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(download, "PAUSE", 0)
    monkeypatch.setattr(download, "CHUNK", 500)  # a divisor of where the tests cut
    with serving(content) as site:
        monkeypatch.setattr(module, "ARCHIVE", site.url)
        monkeypatch.setattr(module, "CHECKSUM", f"md5:{hashlib.md5(content).hexdigest()}")
        yield site


def test_download_fetches_packs_and_is_not_needed_again(site, cache, files):
    site.cuts = [1000]
    np.testing.assert_array_equal(eurosat("paper", download=True).images, pixels(files))
    assert site.asked == [None, "bytes=1000-"]
    assert kept(cache) == ["EuroSAT_RGB.zip", "eurosat.json", "eurosat.npy"]
    eurosat("paper")
    eurosat("paper", download=True)
    assert len(site.asked) == 2


def test_a_spoiled_archive_in_the_cache_is_fetched_again(site, cache, files):
    cache.mkdir()
    (cache / "EuroSAT_RGB.zip").write_bytes(site.content[:1000])
    with pytest.raises(ValueError, match="is no whole zip archive"):
        eurosat("paper")
    np.testing.assert_array_equal(eurosat("paper", download=True).images, pixels(files))


def test_a_download_with_a_wrong_checksum_leaves_nothing(site, cache):
    site.content = site.content[:-1] + b"!"
    with pytest.raises(ValueError, match="nothing of it was kept"):
        eurosat("paper", download=True)
    assert kept(cache) == []


def test_without_download_nothing_is_asked_of_the_network(site):
    with pytest.raises(FileNotFoundError):
        eurosat("paper")
    assert site.asked == []


def test_the_cache_is_the_user_s_unless_a_variable_names_another(monkeypatch, tmp_path):
    monkeypatch.setenv("CNNLIB_CACHE", str(tmp_path))
    assert module.cache() == tmp_path
    monkeypatch.delenv("CNNLIB_CACHE")
    assert module.cache().name == "cnn-course"


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match='"arena" or "paper", got None'):
        eurosat(None)


def test_the_classes_are_the_paper_s():
    assert sum(module.COUNTS.values()) == 27_000
    assert sorted(module.COUNTS) == list(module.COUNTS)


def test_the_paper_s_split_is_stratified_whole_and_always_the_same():
    parts = module.paper(module.COUNTS)
    labels = np.repeat(np.arange(10), list(module.COUNTS.values()))
    counts = np.array(list(module.COUNTS.values()))
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(27_000))
    for name, share in {"train": 0.7, "validation": 0.1, "test": 0.2}.items():
        np.testing.assert_array_equal(np.bincount(labels[parts[name]]), np.round(share * counts))
    assert hashlib.sha256(parts["test"].astype("<i8").tobytes()).hexdigest()[:16] == "1baedde04344591b"


@needs_whole_set
def test_the_arena_s_split_is_the_published_one():
    folder = WHOLE / "splits"
    if not folder.is_dir():
        pytest.skip(f"{WHOLE} holds no folder splits with the arena's three files")
    names = [f"{label}/{label}_{n}.jpg" for label, count in module.COUNTS.items() for n in range(1, count + 1)]
    for part, file in {"train": "train", "validation": "val", "test": "test"}.items():
        with (folder / f"eurosat_{file}.csv").open() as lines:
            published = {path for path, _ in csv.reader(lines)}
        assert {names[index] for index in module.arena()[part]} == published


def test_the_arena_s_split_has_every_tile_once_and_a_fifth_of_each_class_for_testing():
    parts = module.arena()
    labels = np.repeat(np.arange(10), list(module.COUNTS.values()))
    np.testing.assert_array_equal(np.sort(np.concatenate(list(parts.values()))), np.arange(27_000))
    for name, share in {"train": 0.6, "validation": 0.2, "test": 0.2}.items():
        np.testing.assert_array_equal(np.bincount(labels[parts[name]]), share * np.bincount(labels))


@needs_whole_set
def test_the_real_archives_hold_every_tile():
    found = jpegs.find(WHOLE, module.COUNTS)
    assert len(found) == 27_000
    tile = next(jpegs.read(found[-1:]))
    assert tile.shape == (64, 64, 3)
    red, green, blue = tile.mean(axis=(0, 1))
    assert blue > max(red, green)  # SeaLake_3000 is water


@needs_whole_set
@pytest.mark.slow
def test_the_whole_set_packs_and_has_the_published_statistics(tmp_path, monkeypatch):
    monkeypatch.setenv("EUROSAT_ROOT", str(WHOLE))
    monkeypatch.setenv("CNNLIB_CACHE", str(tmp_path))
    tiles = eurosat()
    assert (tmp_path / "eurosat.npy").stat().st_size == 27_000 * 64 * 64 * 3 + 128
    mean, spread = tiles.statistics()
    np.testing.assert_allclose(mean, [0.3444, 0.3803, 0.4078], atol=3e-4)  # as many publish them
    np.testing.assert_allclose(spread, [0.2026, 0.1366, 0.1153], atol=2e-3)
    found = jpegs.find(WHOLE, module.COUNTS)
    some = np.random.default_rng(0).integers(0, 27_000, 50)
    np.testing.assert_array_equal(tiles.images[some], list(jpegs.read([found[index] for index in some])))
    assert all(f"/{tiles.classes[tiles.labels[index]]}_" in str(found[index]) for index in some)
    shutil.rmtree(tmp_path)  # 332 MB
