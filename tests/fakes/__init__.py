"""Shipped fakes, one a port; the suites in tests/contract hold them to the real ones."""
