"""Our own reader of PDFs: words, lines, blocks, roles."""
