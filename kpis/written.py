"""Values as the CRM takes them: the one form in which they are written and explained (spec 7)."""

import polars as pl

from kpis.properties import Property


def written_text(row: Property) -> pl.Expr:
    """Value of one property as the CRM's text; null where there is none."""
    column = pl.col(row.name)
    match row.value_type:
        case "number":
            text = column.cast(pl.String)
            trimmed = text.str.strip_chars_end("0").str.strip_chars_end(".")
            return pl.when(text.str.contains(".", literal=True)).then(trimmed).otherwise(text)
        case "bool":
            return pl.when(column).then(pl.lit("true")).when(column.not_()).then(pl.lit("false"))
        case "date":
            return column.dt.strftime("%Y-%m-%d")
        case "datetime":
            return column.dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        case "enumeration" if row.field_type == "checkbox":
            return column.list.join(";")
        case _:
            return column
