"""GROBID as a reader: its wire, its status codes, its text."""
