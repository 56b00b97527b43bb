"""Runs a predict.py of the user's for `predict: { kind: python }`: loads it once, then predicts pass after pass.

It is told what to do on descriptor 3 and answers on descriptor 4. A message is two lengths (big endian, 32 bits), a JSON
object of the first length, and so many bytes of Arrow IPC: files come in, streams go out. Everything that the program
prints goes to descriptor 2, so that nothing of it lands among the answers. Standard library and pyarrow alone.
"""
import inspect
import json
import linecache
import os
import queue
import signal
import struct
import sys
import threading
import traceback

from lockstep_refused import Refused

SHOWN_AS = "predict.py"
FRAME = struct.Struct(">II")


class Channel:
    """Messages to and from the process that feeds this one."""

    def __init__(self, incoming, outgoing):
        self._incoming = os.fdopen(incoming, "rb", buffering=1 << 20)
        self._outgoing = os.fdopen(outgoing, "wb", buffering=0)
        self._passes = queue.SimpleQueue()
        self._rows = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True).start()

    def next_pass(self):
        """What begins it, and where its rows are put: rows of its own, so that no pass takes those of the next."""
        return self._passes.get()

    def say(self, message, payload=b""):
        header = json.dumps(message).encode()
        self._write(FRAME.pack(len(header), len(payload)) + header)
        self._write(payload)

    def _write(self, data):
        view = memoryview(data)
        while len(view) > 0:
            view = view[self._outgoing.write(view):]

    def _read(self):
        """Reads while the program computes. There is never more of rows than was asked for."""
        while True:
            head = self._incoming.read(FRAME.size)
            if len(head) < FRAME.size:
                end_everything()
            header_bytes, payload_bytes = FRAME.unpack(head)
            header = json.loads(self._incoming.read(header_bytes))
            payload = self._incoming.read(payload_bytes)
            if len(payload) < payload_bytes:
                end_everything()
            if "begin" in header:
                self._rows = queue.SimpleQueue()
                self._passes.put((header, self._rows))
            else:
                self._rows.put(payload if "rows" in header else None)


def end_everything():
    """Whoever fed this process is gone: so is this one, with all that the program started."""
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGKILL)
    os._exit(1)


class Program:
    """The functions of a predict.py, with what its `load` returned."""

    def __init__(self, path):
        names = self._run(path)
        self._predict = names.get("predict")
        load = names.get("load")
        if not callable(self._predict):
            raise Refused("expected a function `predict`, got " + (", ".join(defined(names)) or "nothing"))
        if load is not None and not callable(load):
            raise Refused("expected `load` to be a function, got " + type(load).__name__)
        self._takes_all = inspect.isgeneratorfunction(self._predict)
        if inspect.iscoroutinefunction(self._predict) or inspect.isasyncgenfunction(self._predict):
            raise Refused("expected a `def predict`, got an `async def`")
        given = () if load is None else (load(),)
        self._arguments = given if takes(self._predict, 1 + len(given)) else ()

    @staticmethod
    def _run(path):
        with open(path, "rb") as file:
            source = file.read()
        code = compile(source, SHOWN_AS, "exec")
        # So that a traceback shows the lines.
        text = source.decode("utf-8", "replace")
        linecache.cache[SHOWN_AS] = (len(text), None, text.splitlines(True), SHOWN_AS)
        module = type(sys)("predict")
        module.__file__ = path
        sys.modules["predict"] = module
        exec(code, module.__dict__)
        return module.__dict__

    def over(self, batches):
        """What the program returns, one after the other: it is handed all batches, or each by itself, whose rows are counted."""
        if self._takes_all:
            for returned in self._predict(batches, *self._arguments):
                yield returned, None
        else:
            for batch in batches:
                yield self._predict(batch, *self._arguments), batch.num_rows


def defined(names):
    return sorted(name for name, value in names.items() if callable(value) and not name.startswith("_"))


def takes(function, count):
    """Whether it can be called with so many arguments. One that nothing is known of is given all of them."""
    try:
        inspect.signature(function).bind(*range(count))
        return True
    except TypeError:
        return False
    except ValueError:
        return True


def rows_given(channel, rows):
    """Rows as the program asks for them, one batch ahead: while it works on one the next is read."""
    channel.say({"wants": True})
    while True:
        payload = rows.get()
        if payload is None:
            # Whoever asks again, or from another thread, is told the same.
            rows.put(None)
            return
        channel.say({"wants": True})
        with pa.ipc.open_file(pa.py_buffer(payload)) as file:
            for i in range(file.num_record_batches):
                batch = file.get_batch(i)
                if batch.num_rows > 0:
                    yield batch


def run_pass(channel, rows_there, program, planned):
    fields = planned
    for returned, rows in program.over(rows_given(channel, rows_there)):
        batch = returned_batch(returned, fields)
        count = 0 if batch is None else batch.num_rows
        if rows is not None and count != rows:
            raise Refused(f"returned {count} rows for a batch of {rows}", code="LS_PREDICTION_MISCOUNTED")
        if batch is None:
            continue
        if fields is None:
            fields = fields_of(batch)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        channel.say({"given": True, "fields": fields}, sink.getvalue())
    channel.say({"done": True})


def fields_of(batch):
    for name, array in zip(batch.schema.names, batch.columns):
        if pa.types.is_null(array.type):
            raise Refused(f"returned nothing but nulls as `{name}`, which says nothing of its type")
    return [
        {"name": field.name, "type": type_words(field.type), "nullable": field.nullable} for field in batch.schema
    ]


def reason(error):
    """The message, with the lines of the program that it came from."""
    if isinstance(error, Refused):
        return f"predict.py {error}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if os.path.dirname(frame.filename) != os.path.dirname(__file__)]
    text = "".join(traceback.format_list(frames[-6:]) + traceback.format_exception_only(type(error), error))
    if isinstance(error, ModuleNotFoundError):
        text += f"What predict.py imports must be installed for {sys.executable}: the file is shipped alone.\n"
    return "predict.py raised " + type(error).__name__ + ":\n" + text.rstrip()


def main(path):
    # What the program imports is never taken from this folder.
    folder = sys.path.pop(0)
    for descriptor in (3, 4):
        os.set_inheritable(descriptor, False)
    os.dup2(2, 1)
    sys.stdout.reconfigure(line_buffering=True)
    channel = Channel(3, 4)
    try:
        global pa, returned_batch, type_words
        try:
            import pyarrow as pa
            sys.path.append(folder)
            from lockstep_returned import returned_batch, type_words
        except ImportError as error:
            raise Refused(f"needs pyarrow ({error}): run `{sys.executable} -m pip install pyarrow`") from error
        sys.path.remove(folder)
        program = Program(path)
    except BaseException as error:
        channel.say({"failed": reason(error)})
        return
    channel.say({"loaded": True, "versions": versions()})
    while True:
        message, rows = channel.next_pass()
        try:
            run_pass(channel, rows, program, message.get("fields"))
        except BaseException as error:
            code = getattr(error, "code", None) if isinstance(error, Refused) else None
            channel.say({"failed": reason(error), **({"code": code} if code else {})})
        finally:
            rows.put(None)


def versions():
    return {"python": sys.version.split()[0], "pyarrow": pa.__version__}


if __name__ == "__main__":
    main(sys.argv[1])
