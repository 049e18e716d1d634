"""What was sold ahead: plans, packages, the ledger, who and what a package covers, what the clinic still owes."""
