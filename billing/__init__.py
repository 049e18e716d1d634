"""Bills that settle arguments: bills, lines, payments, allocations, gapless numbers, PDF."""
