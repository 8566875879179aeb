"""`demo` and `sandbox` stay up until a person ends them."""

import socket

from typer.testing import CliRunner

from console import demo
from console.cli import app
from tests.acceptance.front_door import typed


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


def test_sandbox_says_what_a_folder_lacks(tmp_path):
    done = typed("sandbox", "--port", "0", "--load", str(tmp_path))

    assert done.code == 1
    assert "companies.csv: is not there: put companies.csv and pipelines.csv there" in done.said
    assert "Traceback" not in done.said


def test_sandbox_says_that_its_port_is_taken_and_what_to_do():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = typed("sandbox", "--port", str(port), "--companies", "1")

    assert done.code == 1
    assert f"sandbox: port {port} cannot be had" in done.said
    assert "let --port 0 take a free one" in done.said


def test_demo_without_companies_is_wrong_usage():
    assert typed("demo", "--once", "--companies", "0").code == 2


def test_demo_stays_up_with_its_page_unless_asked_for_once(monkeypatch):
    monkeypatch.setattr("console.demo._wait", press_ctrl_c)

    done = CliRunner().invoke(app, ["demo", "--companies", "12"])

    assert done.exit_code == 0, done.output
    assert "Ctrl-C ends it." in done.output
