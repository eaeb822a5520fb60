"""The parameters of worlds: draws of the posterior, named sets, a single draw."""
