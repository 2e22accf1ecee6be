"""Quotations: who said what, in which words, at which offsets."""
