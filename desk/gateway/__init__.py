"""Paying online, as far as it needs several apps: what the provider says becomes payments, refunds and bounces."""
