"""Domains for the task runner: policies, states, tools and tasks."""
