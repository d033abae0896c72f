"""`ingestd config`: the shipped configuration is written once, and checked."""


def test_init_writes_what_check_reads(ingestd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert "edit it" in ingestd("config", "init").out
    ingestd.config = tmp_path / "config" / "ingestd.toml"
    assert ": good; " in ingestd("config", "check").out
    before = ingestd.config.read_bytes()
    again = ingestd("config", "init")
    assert (again.status, ingestd.config.read_bytes()) == (2, before)
    assert "exists already" in again.err


def test_unwritable_configuration(ingestd, tmp_path):
    (tmp_path / "file").touch()
    done = ingestd("config", "init", tmp_path / "file" / "i.toml")
    assert done.status == 2
    assert "cannot be written" in done.err
