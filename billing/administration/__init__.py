"""What an owner sets up for bills: their numbers, and the goods on sale."""
