"""Warnings of staff under suspicion: sealed for two named readers, answered with measures."""
