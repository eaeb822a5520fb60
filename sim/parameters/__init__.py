"""The parameters that worlds live under: draws of the posterior, named sets, one draw."""
