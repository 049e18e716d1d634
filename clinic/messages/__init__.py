"""The outbox and its channels: a message is a row in the act's transaction first, and is sent after it."""
