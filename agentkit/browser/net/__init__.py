"""Where a browser may go, and how it gets there: address policy, HTTP client, filtering proxy."""
