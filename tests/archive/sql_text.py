"""The SQL that made a table or an index, in a form to compare."""


def parts(sql: str) -> str:
    """Return its parts in alphabetic order, without blanks: a column that was added stands behind the conditions."""
    return ",".join(sorted("".join(sql.split()).removesuffix(")").split(",")))
