"""The demo: three invented clients and two captured mornings, run through the same services as the commands."""
