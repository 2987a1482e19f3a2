"""One file per feature: its handlers, its messages, its buttons and their values."""

from bot.slack.features import alerts, help, listing, message_shortcut, search_form, share, show, stats, status  # noqa: A004 - the command's name

FEATURES = (
    listing.FEATURE,
    show.FEATURE,
    share.FEATURE,
    stats.FEATURE,
    status.FEATURE,
    help.FEATURE,
    alerts.FEATURE,
    message_shortcut.FEATURE,
    search_form.FEATURE,
)
"""What `bot.slack.app` registers, in the order in which Bolt tries it."""
