"""Whether the tests notice when the model is wrong: mutants of the program, and the tests that kill them."""
