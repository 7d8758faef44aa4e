"""The retail domain: a policy, a database, tools and tasks of an invented shop."""
