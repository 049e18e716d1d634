"""The diary: visits, their states, and what happens to each."""
