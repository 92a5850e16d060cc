from __future__ import annotations

from pathlib import Path

import pytest

from web.settings import SettingsError, read_settings


def test_defaults_serve_this_machine_alone() -> None:
    settings = read_settings({})
    assert settings.host == "127.0.0.1"
    assert settings.database_url.startswith("sqlite://")
    assert settings.base_url == "http://127.0.0.1:8420"


def test_the_environment_wins_over_the_file_and_the_command_line_over_both(tmp_path: Path) -> None:
    config = tmp_path / "heyi.toml"
    config.write_text('port = 9000\nhost = "0.0.0.0"\n')
    environment = {"HEYI_CONFIG": str(config), "HEYI_PORT": "9001"}
    assert read_settings(environment).port == 9001
    assert read_settings(environment).host == "0.0.0.0"
    assert read_settings(environment, {"port": 9002, "host": None}).port == 9002


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"HEYI_PROT": "1"}, "HEYI_PROT"),
        ({"HEYI_PORT": "many"}, "port"),
        ({"HEYI_PORT": "70000"}, "HEYI_PORT"),
        ({"HEYI_TLS_KEY": "key.pem"}, "HEYI_TLS_CERTIFICATE"),
        ({"HEYI_MEDIA_WORKERS": "65"}, "HEYI_MEDIA_WORKERS"),
        ({"HEYI_MEDIA_WORKERS": "-1"}, "HEYI_MEDIA_WORKERS"),
        ({"HEYI_MEDIA_WORKERS": "3", "HEYI_MEDIA_PORT": "65534"}, "HEYI_MEDIA_PORT"),
        ({"HEYI_MEDIA_ENGINE": "zoom"}, "HEYI_MEDIA_ENGINE"),
        ({"HEYI_MEDIA_ENGINE": "janus"}, "HEYI_JANUS_URL"),
        ({"HEYI_MEDIA_ENGINE": "janus", "HEYI_JANUS_URL": "http://here"}, "HEYI_JANUS_URL"),
        ({"HEYI_JANUS_URL": "ws://here:8188"}, "HEYI_MEDIA_ENGINE"),
        ({"HEYI_SIGN_CODE": "on"}, "HEYI_SIGN_CODE"),
        ({"HEYI_SIGN_CODE": "sms"}, "HEYI_SMS_URL"),
        ({"HEYI_LOG_LEVEL": "loud"}, "HEYI_LOG_LEVEL"),
        ({"HEYI_TURN": "turn:relay:3478"}, "HEYI_TURN_SECRET"),
        ({"HEYI_TURN": "relay:3478", "HEYI_TURN_SECRET": "s" * 16}, "relay:3478 is no relay"),
        ({"HEYI_CONFIG": "/nowhere/at/all.toml"}, "HEYI_CONFIG"),
    ],
)
def test_what_is_wrong_is_named(environment: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        read_settings(environment)
