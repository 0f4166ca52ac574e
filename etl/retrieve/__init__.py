"""Find the passages of a paper that may answer a question: vectors and words, fused by rank."""
