"""The networks: blocks, extractor, matching, attention, ensembler."""
