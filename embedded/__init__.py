"""An emulator of AWS for the lab, for its tests and for practice. `embedded.aws` has the class `EmbeddedAWS`."""
