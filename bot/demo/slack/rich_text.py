"""The rich_text block: every node, its exact keys and their types.

Source: Slack, "Rich text block" and "Date element"; slack_sdk's models give the same keys.
"""

from bot.demo.slack.shapes import Check, boolean, integer, items, kind, one_of, shape, tagged, text

LONGEST_TEXT = 12_000
"""Characters of one node; Slack names no limit, and refuses far longer messages anyway."""

TEXT_STYLE = shape(
    {},
    dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight"), boolean),
)
MENTION_STYLE = shape(
    {},
    dict.fromkeys(("bold", "italic", "strike", "highlight", "client_highlight", "unlink"), boolean),
)
TEXT_NODE = kind("text", {"text": text(LONGEST_TEXT)}, {"style": TEXT_STYLE})
LINK_NODE = kind(
    "link",
    {"url": text(3000)},
    {"text": text(LONGEST_TEXT), "unsafe": boolean, "style": TEXT_STYLE},
)
DATE_NODE = kind(
    "date",
    {"timestamp": integer(0), "format": text(255)},
    {"url": text(3000), "fallback": text(255), "timezone": text(255), "style": TEXT_STYLE},
)
MENTION_NODES = {
    **kind("user", {"user_id": text(255)}, {"style": MENTION_STYLE}),
    **kind("usergroup", {"usergroup_id": text(255)}, {"style": MENTION_STYLE}),
    **kind("channel", {"channel_id": text(255)}, {"style": MENTION_STYLE}),
    **kind("broadcast", {"range": one_of("here", "channel", "everyone")}, {"style": MENTION_STYLE}),
}
EMOJI_NODE = kind(
    "emoji",
    {"name": text(255)},
    {"unicode": text(255), "url": text(3000), "skin_tone": integer(1, 6), "style": TEXT_STYLE},
)
COLOR_NODE = kind("color", {"value": text(9)}, {"style": TEXT_STYLE})

INLINE = tagged({**TEXT_NODE, **LINK_NODE, **DATE_NODE, **MENTION_NODES, **EMOJI_NODE, **COLOR_NODE})
PLAIN = tagged({**TEXT_NODE, **LINK_NODE})
SECTION = kind("rich_text_section", {"elements": items(INLINE, least=0)})
BORDER = integer(0, 1)

PARTS = tagged(
    {
        **SECTION,
        **kind(
            "rich_text_list",
            {"style": one_of("bullet", "ordered"), "elements": items(tagged(SECTION))},
            {"indent": integer(0, 8), "offset": integer(0), "border": BORDER},
        ),
        **kind("rich_text_quote", {"elements": items(INLINE)}, {"border": BORDER}),
        **kind("rich_text_preformatted", {"elements": items(PLAIN)}, {"border": BORDER, "language": text(255)}),
    }
)

RICH_TEXT: dict[str, Check] = kind("rich_text", {"elements": items(PARTS)}, {"block_id": text(255)})
"""The block, and the same thing as a table's cell."""
