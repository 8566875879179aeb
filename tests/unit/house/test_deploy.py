"""What image, compose file and systemd unit promise, read from the files themselves."""

import shlex
import subprocess
import tomllib
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from ruamel.yaml import YAML

from jobs.config import Config, load_config

ROOT = Path(__file__).parents[3]
ROOMS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"][
    "root_packages"
]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def steps_of(dockerfile: str) -> list[list[str]]:
    """Instructions of each stage, each on one line."""
    lines = [line for line in dockerfile.splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    stages: list[list[str]] = [[]]
    for line in filter(None, (one.strip() for one in joined.splitlines())):
        if line.startswith("FROM "):
            stages.append([])
        stages[-1].append(line)
    return stages


STAGES = steps_of(text_of("Dockerfile"))
LAST = STAGES[-1]


def value_of(word: str) -> str:
    (found,) = [line for line in LAST if line.startswith(f"{word} ")]
    return found.removeprefix(f"{word} ")


def test_every_stage_stands_on_one_named_release_of_python():
    assert STAGES[0] == ["ARG BASE=python:3.12-slim-trixie"]
    assert [stage[0] for stage in STAGES[1:]] == ["FROM ${BASE} AS build", "FROM ${BASE}"]


def test_image_runs_as_a_fixed_user_who_is_not_root():
    assert value_of("USER") == "10001:10001"
    after = LAST[LAST.index("USER 10001:10001") :]
    assert not [line for line in after if line.startswith(("RUN", "COPY", "ADD"))]


def test_no_tool_is_left_in_the_image():
    runs = [line for line in LAST if line.startswith("RUN")]

    assert len(runs) == 1
    assert "pip uninstall --quiet --yes" in runs[0]
    assert not [word for word in ("apt", "pip install", "setuptools", "gcc") if word in runs[0]]
    copies = [line for line in LAST if line.startswith("COPY --from")]
    assert copies == ["COPY --from=build /opt/toprelatie /opt/toprelatie"]
    assert "python -m venv --without-pip /opt/toprelatie" in " ".join(STAGES[1])


def test_image_installs_by_hash_and_from_the_runtime_lock_alone():
    installs = [
        part
        for line in STAGES[1]
        for part in line.split("&&")
        if "install" in part and "python" in part
    ]

    assert len(installs) == 2
    assert "--require-hashes -r requirements.runtime.lock" in installs[0]
    assert "--no-deps --no-index" in installs[1]


def test_image_says_how_it_is_started_stopped_and_watched():
    assert value_of("ENTRYPOINT") == '["toprelatie"]'
    assert value_of("CMD") == '["serve"]'
    assert value_of("STOPSIGNAL") == "SIGTERM"
    assert value_of("VOLUME") == "/var/lib/toprelatie"
    assert "TOPRELATIE_CONFIG=/etc/toprelatie/config.yaml" in value_of("ENV")
    assert "'/healthz'" in value_of("HEALTHCHECK")
    assert 'CMD ["python", "-c", ' in value_of("HEALTHCHECK")
    assert f"127.0.0.1', {Config.model_fields['service'].default.port}" in value_of("HEALTHCHECK")


def test_only_what_is_named_enters_the_image():
    lines = [line for line in text_of(".dockerignore").splitlines() if line and line[0] != "#"]
    let_in = {line.removeprefix("!") for line in lines if line.startswith("!")}

    assert lines[0] == "*"
    assert set(ROOMS) <= let_in
    assert {name for name in let_in if not (ROOT / name).exists()} == set()
    copied = {
        line.split()[1].split("/")[0]
        for line in LAST
        if line.startswith("COPY ") and "--" not in line
    }
    assert copied <= let_in


def test_runtime_lock_pins_a_part_of_the_whole_and_no_tool():
    def pins(name: str) -> set[str]:
        lines = text_of(name).splitlines()
        return {line.rstrip(" \\") for line in lines if line[:1].isalpha()}

    runtime = pins("requirements.runtime.lock")
    assert runtime < pins("requirements.lock")
    names = {pin.partition("==")[0] for pin in runtime}
    assert not names & {"pytest", "ruff", "mypy", "sphinx", "setuptools", "uv", "coverage"}
    assert "://" not in text_of("requirements.runtime.lock")


# compose


COMPOSE: dict[str, Any] = YAML(typ="safe").load(text_of("compose.yaml"))
SERVICES = COMPOSE["services"]


def files_named() -> list[str]:
    bound = [
        volume.split(":")[0]
        for service in SERVICES.values()
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    ]
    return [*bound, *(secret["file"] for secret in COMPOSE["secrets"].values())]


@pytest.mark.parametrize("name", files_named())
def test_every_file_that_compose_names_is_here_or_is_made_as_the_docs_say(name):
    path = name.removeprefix("./")

    assert (ROOT / path).exists() or path in text_of("docs/deploy.md")
    if path.startswith("secrets/") or not (ROOT / path).is_dir():
        ignored = text_of(".gitignore").splitlines()
        assert "/secrets/" in ignored
        assert "/config.compose.yaml" in ignored


@pytest.mark.parametrize("service", SERVICES)
def test_service_of_compose_is_closed(service):
    one = SERVICES[service]

    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert one["restart"] == "unless-stopped"
    assert all(port.startswith("127.0.0.1:") for port in one.get("ports", []))
    secret = {name for name in one.get("environment", {}) if "PASSWORD" in name}
    assert all(name.endswith("_FILE") for name in secret)


def test_store_of_compose_is_reached_by_the_service_alone_and_is_of_one_major_version():
    store = SERVICES["store"]

    assert store["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert "ports" not in store
    assert store["image"] == "postgres:17-trixie"
    assert SERVICES["toprelatie"]["depends_on"] == {"store": {"condition": "service_healthy"}}


def test_example_configuration_of_compose_loads_and_names_what_compose_gives():
    config = load_config(ROOT / "config.compose.example.yaml")
    user = SERVICES["store"]["environment"]["POSTGRES_USER"]
    database = SERVICES["store"]["environment"]["POSTGRES_DB"]

    assert config.store == f"postgresql+psycopg://{user}@store/{database}"
    assert getattr(config.crm, "token_file", None) == Path("/run/secrets/hubspot_token")
    assert config.service.host == "0.0.0.0"  # noqa: S104 - within the container
    assert SERVICES["toprelatie"]["ports"] == [f"127.0.0.1:{config.service.port}:8044"]


# systemd


UNIT = text_of("deploy/toprelatie.service")


def test_unit_ends_a_run_in_its_time_and_never_repeats_what_a_person_must_mend():
    lines = UNIT.splitlines()

    assert "TimeoutStopSec=180" in lines
    assert "Restart=on-failure" in lines
    assert "RestartPreventExitStatus=2 3" in lines
    assert "LoadCredential=token:/etc/toprelatie/token" in lines
    assert "User=toprelatie" in lines


@pytest.mark.skipif(which("systemd-analyze") is None, reason="systemd-analyze is not here")
def test_unit_is_understood_by_systemd_and_exposes_little(tmp_path):
    unit = tmp_path / "toprelatie.service"
    unit.write_text(UNIT.replace("/opt/toprelatie/bin/toprelatie", "/usr/bin/env"))

    def analyze(words: str) -> subprocess.CompletedProcess[str]:
        command = ["systemd-analyze", *shlex.split(words), str(unit)]
        return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    verified = analyze("verify --man=no")
    assert (verified.returncode, verified.stderr) == (0, "")
    judged = analyze("security --offline=true --no-pager --threshold=20")  # tenths of a point
    assert judged.returncode == 0, judged.stdout[-500:]
