"""
Florilegium: one catalogue of questions, asked of every paper, every night.

The journey of a paper, one folder a step::

    fetch    → bytes with a hash, stored once
    parse    → sections, blocks, sentences with their place on the page
    chunk    → whole sentences packed to the embedder's token budget
    embed    → one vector a chunk
    retrieve → the passages that bear on each question
    answer   → a typed ballot that cites sentences, or an honest reason why not
    verify   → does the cited text carry the value?
    decide   → the ballots become one decision
    publish  → a release that analysts see at once or not at all

Read ``etl/journey.py`` first: it joins the steps for one paper.
"""
