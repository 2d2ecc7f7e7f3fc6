"""Who asks, what they may do, and what is written down of it. Routes declare their right by `api.auth`."""
