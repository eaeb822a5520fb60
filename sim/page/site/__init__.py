"""The page as a site without a server: answers from worlds that were run beforehand, interpolated between them."""
