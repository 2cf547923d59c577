"""Run pytest without what Windows lacks: `python -m tests.support.as_windows ARGUMENTS`.

It removes the modules and names of Unix before anything of the product is imported, and then imports every module.
Paths, line ends and locks of files stay those of this machine.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys

MODULES = ("fcntl", "grp", "pty", "pwd", "resource", "syslog", "termios", "tty")
NAMES = {
    os: ("O_DIRECTORY", "O_NOCTTY", "O_NOFOLLOW", "O_NONBLOCK", "fchmod", "fork", "geteuid", "getuid", "mkfifo"),
    signal: ("SIGALRM", "SIGHUP", "SIGQUIT", "SIGUSR1"),
}


def remove() -> None:
    for name in MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails
    for module, names in NAMES.items():
        for name in names:
            delattr(module, name)


if __name__ == "__main__":
    import pytest

    from tests.support.import_each import modules

    remove()
    for module in modules():
        importlib.import_module(module)
    # Plugins of the development environment look for Unix where they do not see Windows.
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.exit(pytest.main([*sys.argv[1:], "-p", "pytest_html.plugin", "-p", "pytest_metadata.plugin"]))
