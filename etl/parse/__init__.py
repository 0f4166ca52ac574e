"""Papers as clean, located text: every sentence knows its block, its page and its box."""
