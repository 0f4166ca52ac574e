"""Fill ballots: read typed answers, with the sentences that prove them, from passages."""
