"""A plugin for live runs in processes of their own: a search for what a broken-off call may have created is over soon.

Real AWS shows a new resource after up to half a minute, the practice server at once.
"""

from __future__ import annotations

import functools
from unittest import mock

from fixtures import sessions
from fixtures.aws.waiting import Limits, Waiter

mock.patch.object(sessions, "Waiter", functools.partial(Waiter, Limits(known=1.0))).start()
