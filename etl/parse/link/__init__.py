"""Links of a paper: found, brought to one form, judged whose they are."""
