"""`demo` and `sandbox` stay up until a person ends them."""

from typer.testing import CliRunner

from console import demo
from console.cli import app


def press_ctrl_c() -> None:
    """End at once."""


def test_wait_ends_quietly_on_ctrl_c(monkeypatch):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("threading.Event.wait", interrupt)

    demo._wait()  # a KeyboardInterrupt that came through would end this test


def test_sandbox_serves_the_demo_account_and_says_where(monkeypatch):
    monkeypatch.setattr("console.demo._wait", press_ctrl_c)

    done = CliRunner().invoke(app, ["sandbox", "--port", "0", "--companies", "3"])

    assert done.exit_code == 0, done.output
    assert done.output.startswith("http://127.0.0.1:")
    assert " token " in done.output


def test_sandbox_serves_a_folder_of_files(monkeypatch, tmp_path):
    monkeypatch.setattr("console.demo._wait", press_ctrl_c)
    (tmp_path / "companies.csv").write_text("id,name\n1,Een\n")
    (tmp_path / "pipelines.csv").write_text(
        "pipeline_id,pipeline_label,stage_id,stage_label,display_order,probability,is_closed\n"
    )

    done = CliRunner().invoke(app, ["sandbox", "--port", "0", "--load", str(tmp_path)])

    assert done.exit_code == 0, done.output
    assert done.output.startswith("http://127.0.0.1:")


def test_demo_stays_up_with_its_page_unless_asked_for_once(monkeypatch):
    monkeypatch.setattr("console.demo._wait", press_ctrl_c)

    done = CliRunner().invoke(app, ["demo", "--companies", "12"])

    assert done.exit_code == 0, done.output
    assert "Ctrl-C ends it." in done.output
