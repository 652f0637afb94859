"""One module a suite; each one calls the product's own code."""
