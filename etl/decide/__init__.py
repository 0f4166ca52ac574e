"""Make one decision of the ballots of a cell's voters."""
