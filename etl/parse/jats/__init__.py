"""The reader of JATS, NLM and TaxPub."""
