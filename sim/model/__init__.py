"""The model: startups (in columns), hubs and funders (ordinary Mesa agents), month by month, and what they come to."""
