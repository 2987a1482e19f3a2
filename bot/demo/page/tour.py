"""The tour: five lines for somebody who has never used the bot, each showing one thing that it can do."""


def tour(newest_id: int) -> list[dict[str, str]]:
    """The lines, and what each shows. `newest_id` is the latest recording that the PBX holds, 0 when it holds none."""
    one = (f"show {newest_id}", "one recording in full") if newest_id else ("help", "everything you can ask")
    lines = (
        ("", "the latest ten"),
        ("latest 5 sort:id order:asc page:2", "as many as you like, in any order, page by page"),
        one,
        ("latest 10 sort:tme", "a slip of the finger: it says what you meant"),
        ("status", "whether the PBX answers and every post went out"),
    )
    return [{"line": f"/recordings {words}".rstrip(), "shows": shows} for words, shows in lines]
