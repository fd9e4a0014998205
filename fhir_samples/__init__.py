"""Synthetic patients of our own making, with the requests that an EHR would send about them."""
