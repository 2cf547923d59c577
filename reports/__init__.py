"""Reports: functions of a run's record, and the plugin that writes them."""
