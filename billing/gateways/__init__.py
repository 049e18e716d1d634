"""Paying online: one small interface to a payment provider, and Razorpay behind it (docs/payments-online.md)."""
