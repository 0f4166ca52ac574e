"""A night: what is missing is planned, claimed, worked on, and written once."""
