"""The lab accounts of a practice server, and the students who have done the lab in them."""
