"""Lines to Block Kit: elements, messages, button values."""
