"""Thrift's compact protocol, as far as a Parquet footer needs it: bytes to values and back.

A struct is {field id: (type, value)}, a list (type of its elements, values), a number an int, a
text bytes. What is read is written back as it was.
"""

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, _MAP, STRUCT = range(1, 13)
NUMBERS = (I16, I32, I64)
Struct = dict[int, tuple[int, object]]


def read_struct(data: bytes, at: int) -> tuple[Struct, int]:
    """The struct that begins there, and where it ends."""
    found: Struct = {}
    field = 0
    while True:
        head = data[at]
        at += 1
        if head == 0:
            return found, at
        kind = head & 15
        if head >> 4:
            field += head >> 4
        else:
            field, at = _read_number(data, at)
        value, at = _read(kind, data, at)
        found[field] = (kind, value)


def write_struct(struct: Struct, out: bytearray) -> None:
    """Append the struct's bytes."""
    before = 0
    for field, (kind, value) in struct.items():
        if 0 < field - before < 16:
            out.append((field - before) << 4 | kind)
        else:
            out.append(kind)
            _write_number(field, out)
        before = field
        _write(kind, value, out)
    out.append(0)


def _read(kind: int, data: bytes, at: int) -> tuple[object, int]:
    if kind in NUMBERS:
        return _read_number(data, at)
    if kind == BINARY:
        size, at = _read_varint(data, at)
        return data[at : at + size], at + size
    if kind == STRUCT:
        return read_struct(data, at)
    if kind in (LIST, SET):
        head = data[at]
        size, at = (head >> 4, at + 1) if head >> 4 != 15 else _read_varint(data, at + 1)
        of, values = head & 15, []
        for _ in range(size):
            # In a list a truth value has a byte of its own.
            value, at = _read(BYTE if of in (TRUE, FALSE) else of, data, at)
            values.append(value)
        return (of, values), at
    if kind in (TRUE, FALSE):
        return None, at
    size = {BYTE: 1, DOUBLE: 8}[kind]
    return data[at : at + size], at + size


def _write(kind: int, value, out: bytearray) -> None:
    if kind in NUMBERS:
        _write_number(value, out)
    elif kind == BINARY:
        _write_varint(len(value), out)
        out += value
    elif kind == STRUCT:
        write_struct(value, out)
    elif kind in (LIST, SET):
        of, values = value
        if len(values) < 15:
            out.append(len(values) << 4 | of)
        else:
            out.append(0xF0 | of)
            _write_varint(len(values), out)
        for one in values:
            _write(BYTE if of in (TRUE, FALSE) else of, one, out)
    elif kind not in (TRUE, FALSE):
        out += value


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _write_varint(value: int, out: bytearray) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    value, at = _read_varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _write_number(value: int, out: bytearray) -> None:
    _write_varint(value << 1 if value >= 0 else (-value << 1) - 1, out)
