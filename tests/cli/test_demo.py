"""`ingestd demo`, as a command: its help, and a folder with another archive."""

from ingestd.cli.main import run_command


def test_folder_with_another_archive(tmp_path, capsys):
    (tmp_path / "ingestd.toml").write_text("mine")
    assert run_command(["demo", str(tmp_path)]) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["ingestd.toml"]


def test_help_says_what_it_needs(capsys):
    assert run_command(["demo", "--help"]) == 0
    assert "neither a network nor a configuration" in capsys.readouterr().out
