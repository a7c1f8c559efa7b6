from mtldemo.sentences import listed


def test_names_are_listed_and_many_are_counted() -> None:
    assert [listed(list("abc"[:count])) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
    assert listed(["a", "b", "c"], "or") == "a, b or c"
    assert [listed(list("abcde"), most=most) for most in (1, 2, 5)] == [
        "a and 4 more",
        "a, b and 3 more",
        "a, b, c, d and e",
    ]
