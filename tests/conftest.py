"""What is set before the first module of tests is imported. pytest also reads this file in runs of the lab, in which
nothing but requirements.txt is installed.
"""

import functools
import signal


@functools.cache
def _set_up() -> None:
    """Have properties tried without a time limit, and signals heard by what the tests start."""
    from hypothesis import HealthCheck, settings

    # A machine that is busy proves nothing about a property.
    settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("suite")
    for number in (signal.SIGINT, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            # What is started in the background or under nohup ignores them, and so would all that the tests start and
            # then signal; what has a handler, be it one that does nothing, is heard by its children as ever.
            signal.signal(number, lambda number, frame: None)


def pytest_pycollect_makemodule() -> None:
    _set_up()
