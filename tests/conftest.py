"""How properties are tried: a machine that is busy proves nothing about them. And whom signals reach."""

import signal

from hypothesis import HealthCheck, settings

settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

for number in (signal.SIGINT, signal.SIGHUP):
    if signal.getsignal(number) is signal.SIG_IGN:
        # What is started in the background or under nohup ignores them, and so would all that the tests start and then
        # signal; what has a handler, be it one that does nothing, is heard by its children as ever.
        signal.signal(number, lambda number, frame: None)
