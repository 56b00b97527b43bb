"""What a program returns for some rows → a record batch of the types that predictions have."""
import pyarrow as pa
import pyarrow.compute as pc

from lockstep_refused import Refused

SOLE = "value"


def returned_batch(returned, planned):
    """Columns of the types that predictions have, in the order of the plan if there is one; None where there is no row."""
    found = columns_in(returned)
    columns = {name: normal(name, array) for name, array in found}
    if not columns:
        raise Refused("returned no columns")
    if len(columns) < len(found):
        raise Refused("returned two columns of one name: " + ", ".join(name for name, _ in found))
    rows = {name: len(array) for name, array in columns.items()}
    first = next(iter(rows))
    for name, count in rows.items():
        if count != rows[first]:
            raise Refused(f"returned {rows[first]} values of `{first}` and {count} of `{name}`")
    if rows[first] == 0:
        return None
    if planned is not None:
        columns = in_order(columns, planned)
    fields = [pa.field(name, array.type, nullable=may_be_null(array)) for name, array in columns.items()]
    return pa.RecordBatch.from_arrays(list(columns.values()), schema=pa.schema(fields))


def in_order(columns, planned):
    wanted = {field["name"]: field for field in planned}
    if set(wanted) != set(columns):
        raise other_fields(columns, planned)
    # A column of nothing but nulls says nothing of its type.
    types = {name: array.type for name, array in columns.items() if not pa.types.is_null(array.type)}
    for name, field in wanted.items():
        if name in types and type_words(types[name]) != field["type"]:
            raise other_fields(columns, planned)
        if columns[name].null_count > 0 and not field["nullable"]:
            raise Refused(f"returned nulls as `{name}`, which has none in the plan of this run")
    return {name: typed(columns[name], field["type"]) for name, field in wanted.items()}


def typed(array, words):
    if not pa.types.is_null(array.type):
        return array
    # Lists have no nulls, so it is a type of one value.
    return pa.nulls(len(array), {w: t for t, w in words_of_types().items()}[words])


def other_fields(columns, planned):
    text = lambda name, type_: f"`{name}: {words_text(type_)}`"
    got = ", ".join(text(name, type_words(array.type)) for name, array in columns.items())
    want = ", ".join(text(field["name"], field["type"]) for field in planned)
    return Refused(f"returned {got}, the plan of this run has {want}")


def words_of_types():
    return {
        pa.bool_(): "bool",
        pa.int32(): "int32",
        pa.int64(): "int64",
        pa.float32(): "float32",
        pa.float64(): "float64",
        pa.utf8(): "utf8",
    }


def type_words(type_):
    """The type of a field as plans have it."""
    if pa.types.is_fixed_size_list(type_):
        return {"list": type_.list_size, "of": type_words(type_.value_type)}
    return words_of_types().get(type_, str(type_))


def words_text(words):
    return f"{words_text(words['of'])}[{words['list']}]" if isinstance(words, dict) else words


def may_be_null(array):
    """Lists have a value in every row; of other columns what comes later may have nulls."""
    return not pa.types.is_fixed_size_list(array.type)


def columns_in(returned):
    """Name and array of each column, of anything that holds columns, or of one without a name."""
    if isinstance(returned, (pa.RecordBatch, pa.Table)):
        return list(zip(returned.schema.names, returned.columns))
    if isinstance(returned, pa.ChunkedArray) and pa.types.is_struct(returned.type):
        returned = returned.combine_chunks()
    if isinstance(returned, pa.StructArray):
        if returned.null_count > 0:
            raise Refused("returned a struct array with nulls; its fields may have them, rows may not")
        return [(returned.type.field(i).name, array) for i, array in enumerate(returned.flatten())]
    if isinstance(returned, dict):
        return [(str(name), array_of(str(name), values)) for name, values in returned.items()]
    if is_of(returned, "pandas", "DataFrame"):
        return [(str(name), array_of(str(name), returned[name])) for name in returned.columns]
    if hasattr(returned, "to_arrow"):
        return columns_in(returned.to_arrow())
    if is_of(returned, "numpy", "ndarray") and returned.dtype.names is not None:
        return [(name, array_of(name, returned[name])) for name in returned.dtype.names]
    if returned is None or isinstance(returned, (str, bytes)) or not hasattr(returned, "__len__"):
        what = "nothing" if returned is None else f"a {type(returned).__name__}"
        raise Refused(f"returned {what}, expected a record batch, a table, an array, a data frame, or columns by name")
    if isinstance(returned, (list, tuple)) and len(returned) > 0 and all(isinstance(row, dict) for row in returned):
        return columns_in(pa.Table.from_pylist(list(returned)))
    return [(SOLE, array_of(SOLE, returned))]


def is_of(value, package, name):
    """Whether it is of such a class, without importing the package that it is from."""
    return any(base.__name__ == name and base.__module__.split(".")[0] == package for base in type(value).__mro__)


def array_of(name, values):
    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    if hasattr(values, "detach") and hasattr(values, "numpy"):
        values = values.detach().cpu().numpy()
    if hasattr(values, "to_arrow"):
        return array_of(name, values.to_arrow())
    try:
        if is_of(values, "numpy", "ndarray"):
            return array_of_numpy(name, values)
        if is_of(values, "pandas", "Series"):
            return pa.Array.from_pandas(values)
        return pa.array(list_of(values))
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise Refused(f"returned what is no column as `{name}`: {error}") from error


def array_of_numpy(name, values):
    if values.ndim == 0:
        raise Refused(f"returned one number as `{name}`, expected one a row")
    flat = pa.array(values.reshape(-1))
    for size in reversed(values.shape[1:]):
        flat = pa.FixedSizeListArray.from_arrays(flat, size)
    return flat


def list_of(values):
    """Rows that are numpy arrays, as lists."""
    return [row.tolist() if is_of(row, "numpy", "ndarray") and row.ndim > 0 else row for row in values]


def normal(name, array):
    """The array in one piece, as one of the types that predictions have, and never by losing anything."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
        if isinstance(array, pa.ChunkedArray):
            array = pa.concat_arrays(array.chunks)
    type_ = array.type
    if pa.types.is_dictionary(type_):
        return normal(name, array.dictionary_decode())
    if pa.types.is_null(type_) or type_ in words_of_types():
        return array
    if pa.types.is_list(type_) or pa.types.is_large_list(type_) or pa.types.is_fixed_size_list(type_):
        return fixed_lists(name, array)
    wider = wider_type(type_)
    if wider is None:
        raise Refused(f"returned {type_} as `{name}`; numbers, booleans, texts and lists of equal length are written")
    try:
        return array.cast(wider)
    except pa.ArrowInvalid as error:
        raise Refused(f"returned {type_} as `{name}`: {error}") from error


def wider_type(type_):
    if pa.types.is_integer(type_):
        return pa.int32() if type_.bit_width < 32 else pa.int64()
    if pa.types.is_float16(type_):
        return pa.float32()
    is_view = getattr(pa.types, "is_string_view", lambda _: False)
    return pa.utf8() if pa.types.is_large_string(type_) or is_view(type_) else None


def fixed_lists(name, array):
    if array.null_count > 0:
        raise Refused(f"returned nulls among the lists of `{name}`")
    if pa.types.is_fixed_size_list(array.type):
        size = array.type.list_size
    else:
        sizes = pc.unique(pc.list_value_length(array)).to_pylist()
        if len(sizes) > 1:
            raise Refused(f"returned lists of {sizes[0]} and of {sizes[1]} as `{name}`, expected equal lengths")
        size = sizes[0] if sizes else 0
    items = normal(name, array.flatten())
    if items.null_count > 0 or pa.types.is_null(items.type):
        raise Refused(f"returned lists with nulls as `{name}`")
    return pa.FixedSizeListArray.from_arrays(items, type=pa.list_(pa.field("item", items.type, nullable=False), size))
