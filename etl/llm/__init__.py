"""Speak to language models: what is sent, how it is sent, and what of the answer is believed."""
