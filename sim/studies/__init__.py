"""Many runs: what is run, by whom, where the results are kept, and what they say."""
