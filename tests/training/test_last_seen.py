import torch

from mtldemo.training.last_seen import LastSeen

YES, NO = True, False


def mask(*present: bool) -> torch.Tensor:
    return torch.tensor(present)


def test_a_task_without_labels_shows_what_was_seen_last() -> None:
    seen = LastSeen(3)
    # Never seen before: the mean of the others, (2 + 4) / 2.
    assert seen.fill("losses", torch.tensor([2.0, 0, 4]), mask(YES, NO, YES)).tolist() == [2, 3, 4]
    assert seen.fill("losses", torch.tensor([0.0, 5, 0]), mask(NO, YES, NO)).tolist() == [2, 5, 4]
    assert seen.fill("losses", torch.zeros(3), mask(NO, NO, NO)).tolist() == [2, 5, 4]
    assert seen.fill("performance", torch.zeros(3), mask(NO, NO, NO)).tolist() == [1, 1, 1]


def test_no_gradient_flows_where_a_number_is_filled_in() -> None:
    losses = torch.tensor([2.0, 0, 4], requires_grad=True)
    LastSeen(3).fill("losses", losses, mask(YES, NO, YES)).sum().backward()
    assert losses.grad is not None
    assert losses.grad.tolist() == [1, 0, 1]


def test_a_missing_gradient_has_its_last_norm_and_stands_at_right_angles() -> None:
    seen = LastSeen(2)
    whole = torch.tensor([[4.0, 1], [1, 9]]).double()
    assert torch.equal(seen.fill_gramian(whole, mask(YES, YES)), whole)
    half = torch.tensor([[16.0, 0], [0, 0]]).double()
    assert seen.fill_gramian(half, mask(YES, NO)).tolist() == [[16, 0], [0, 9]]


def test_its_memory_is_its_state() -> None:
    seen, resumed = LastSeen(2), LastSeen(2)
    seen.fill("losses", torch.tensor([2.0, 3]), mask(YES, NO))
    resumed.load_state_dict(seen.state_dict())
    assert resumed.fill("losses", torch.zeros(2), mask(NO, YES)).tolist() == [2, 0]
