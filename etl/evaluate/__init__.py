"""Measure the whole against labelled sets: retrieval, answers, abstention, leak, links."""
