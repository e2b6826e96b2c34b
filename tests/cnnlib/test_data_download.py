import hashlib

import numpy as np
import pytest
from serving import serving

from cnnlib.data import download
from cnnlib.data.download import fetch

CONTENT = np.random.default_rng(0).bytes(1_000_000)
CHECKSUM = "md5:" + hashlib.md5(CONTENT).hexdigest()


@pytest.fixture
def site(monkeypatch):
    monkeypatch.setattr(download, "PAUSE", 0)
    monkeypatch.setattr(download, "CHUNK", 500)  # a divisor of where the tests cut
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(CONTENT) as site:
        yield site


def test_a_file_arrives_whole_and_alone(site, tmp_path):
    path = fetch(site.url, CHECKSUM, tmp_path / "new" / "a.zip")
    assert path.read_bytes() == CONTENT
    assert [file.name for file in path.parent.iterdir()] == ["a.zip"]


def test_the_progress_bar_counts_bytes(site, tmp_path, capsys):
    fetch(site.url, CHECKSUM, tmp_path / "a.zip")
    shown = capsys.readouterr().err
    assert "a.zip: 100%" in shown
    assert "1.00M/1.00M" in shown


def test_a_file_that_is_there_is_not_fetched_again(site, tmp_path):
    (tmp_path / "a.zip").write_bytes(CONTENT)
    fetch(site.url, CHECKSUM, tmp_path / "a.zip")
    assert site.asked == []


def test_a_spoiled_file_is_fetched_again(site, tmp_path):
    (tmp_path / "a.zip").write_bytes(CONTENT[:-1])
    assert fetch(site.url, CHECKSUM, tmp_path / "a.zip").read_bytes() == CONTENT


def test_a_cut_connection_goes_on_where_it_broke(site, tmp_path):
    site.cuts = [300_000, 200_000]
    assert fetch(site.url, CHECKSUM, tmp_path / "a.zip").read_bytes() == CONTENT
    assert site.asked == [None, "bytes=300000-", "bytes=500000-"]


def test_a_cut_download_goes_on_at_the_next_call(site, tmp_path):
    site.cuts = [100_000] * download.ATTEMPTS
    with pytest.raises(ConnectionError, match=r"0\.5 MB are kept in .*: call again"):
        fetch(site.url, CHECKSUM, tmp_path / "a.zip")
    assert [file.name for file in tmp_path.iterdir()] == ["a.zip.part"]
    site.asked.clear()
    assert fetch(site.url, CHECKSUM, tmp_path / "a.zip").read_bytes() == CONTENT
    assert site.asked == ["bytes=500000-"]


def test_a_server_without_range_sends_all_again(site, tmp_path):
    site.ranges = False
    site.cuts = [300_000]
    assert fetch(site.url, CHECKSUM, tmp_path / "a.zip").read_bytes() == CONTENT
    assert len(site.asked) == 2


def test_a_part_that_is_already_whole_is_used(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(CONTENT)
    assert fetch(site.url, CHECKSUM, tmp_path / "a.zip").read_bytes() == CONTENT
    assert site.asked == [f"bytes={len(CONTENT)}-"]


def test_a_part_longer_than_the_file_is_thrown_away(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(CONTENT + b"more")
    assert fetch(site.url, CHECKSUM, tmp_path / "a.zip").read_bytes() == CONTENT


def test_a_wrong_checksum_keeps_nothing(site, tmp_path):
    site.content = CONTENT[::-1]
    with pytest.raises(ValueError, match=r"EuroSAT_RGB\.zip is not the file that was wanted.*md5:.*call again"):
        fetch(site.url, CHECKSUM, tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_spoiled_part_is_thrown_away_so_that_the_next_call_succeeds(site, tmp_path):
    (tmp_path / "a.zip.part").write_bytes(b"spoiled")
    with pytest.raises(ValueError, match="call again"):
        fetch(site.url, CHECKSUM, tmp_path / "a.zip")
    assert fetch(site.url, CHECKSUM, tmp_path / "a.zip").read_bytes() == CONTENT


def test_a_refusal_is_reported_at_once(site, tmp_path):
    site.status = 404
    with pytest.raises(ConnectionError, match=r"did not arrive: 404 .*browser"):
        fetch(site.url, CHECKSUM, tmp_path / "a.zip")
    assert len(site.asked) == 1


def test_a_server_that_is_not_there_is_reported(site, tmp_path, monkeypatch):
    with serving(b"") as gone:
        pass
    with pytest.raises(ConnectionError, match=r"did not arrive: .*0\.0 MB are kept"):
        fetch(gone.url, CHECKSUM, tmp_path / "a.zip")
