import io
import os
import threading

from mtldemo.work.worker import Orders


def test_orders_come_one_after_the_other() -> None:
    source, sink = os.pipe()
    orders = Orders(os.fdopen(source, "rb"))
    os.write(sink, b"equal-s0\n")
    assert orders.next() == "equal-s0"
    assert not orders.over.is_set()
    threading.Timer(0.05, lambda: os.write(sink, b"dwa-s0\n")).start()
    assert orders.next() == "dwa-s0"
    os.close(sink)
    assert orders.next() is None
    assert orders.over.is_set()


def test_orders_of_a_queue_that_is_gone_are_left() -> None:
    orders = Orders(io.BytesIO(b"equal-s0\n"))
    assert orders.over.wait(60)
    assert orders.next() is None
