"""Thrift's compact protocol, as far as the footers of Parquet files need it.

A struct is a list of (field id, type, value) as it stands in the bytes, so that what is not
understood is written back as it was.
"""

from typing import Any

Field = tuple[int, int, Any]
Struct = list[Field]

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
_INTEGERS = (I16, I32, I64)
_LONG_LIST = 15


def read_struct(data: bytes) -> Struct:
    """The struct that `data` begins with. Raises ValueError if it is none, or has a map."""
    try:
        return _read_struct(data, 0)[0]
    except IndexError as error:
        raise ValueError("the footer ends too early") from error


def write_struct(fields: Struct) -> bytes:
    """The bytes of a struct."""
    out = bytearray()
    _write_struct(out, fields)
    return bytes(out)


def _read_struct(data: bytes, at: int) -> tuple[Struct, int]:
    fields: Struct = []
    last = 0
    while True:
        head = data[at]
        at += 1
        if head == 0:
            return fields, at
        kind, step = head & 15, head >> 4
        if step:
            last += step
        else:
            number, at = _read_number(data, at)
            last = (number >> 1) ^ -(number & 1)
        if kind in (TRUE, FALSE):
            fields.append((last, kind, None))
            continue
        value, at = _read_value(data, at, kind)
        fields.append((last, kind, value))


def _read_value(data: bytes, at: int, kind: int) -> tuple[Any, int]:
    if kind in _INTEGERS:
        number, at = _read_number(data, at)
        return (number >> 1) ^ -(number & 1), at
    if kind == BINARY:
        size, at = _read_number(data, at)
        if at + size > len(data):
            raise ValueError("the footer ends too early")
        return data[at : at + size], at + size
    if kind == STRUCT:
        return _read_struct(data, at)
    if kind in (LIST, SET):
        head = data[at]
        at += 1
        size, item = head >> 4, head & 15
        if size == _LONG_LIST:
            size, at = _read_number(data, at)
        values = []
        for _ in range(size):
            value, at = _read_value(data, at, item)
            values.append(value)
        return (item, values), at
    if kind in (TRUE, FALSE, BYTE):
        return data[at], at + 1
    if kind == DOUBLE:
        return data[at : at + 8], at + 8
    raise ValueError(f"a field of type {kind} is not known")


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _write_struct(out: bytearray, fields: Struct) -> None:
    last = 0
    for number, kind, value in fields:
        step = number - last
        if 0 < step <= 15:
            out.append(step << 4 | kind)
        else:
            out.append(kind)
            _write_integer(out, number)
        last = number
        if kind not in (TRUE, FALSE):
            _write_value(out, kind, value)
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    if kind in _INTEGERS:
        _write_integer(out, value)
    elif kind == BINARY:
        _write_number(out, len(value))
        out += value
    elif kind == STRUCT:
        _write_struct(out, value)
    elif kind in (LIST, SET):
        item, values = value
        if len(values) < _LONG_LIST:
            out.append(len(values) << 4 | item)
        else:
            out.append(_LONG_LIST << 4 | item)
            _write_number(out, len(values))
        for one in values:
            _write_value(out, item, one)
    elif kind == DOUBLE:
        out += value
    else:
        out.append(value)


def _write_integer(out: bytearray, value: int) -> None:
    _write_number(out, value << 1 if value >= 0 else (-value << 1) - 1)


def _write_number(out: bytearray, value: int) -> None:
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
