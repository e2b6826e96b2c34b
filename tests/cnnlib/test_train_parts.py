"""The parts of a training run, each against PyTorch or by hand."""

import copy
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from cnnlib.train import Settings, recipe
from cnnlib.train.augment import cut, cutout, deal, offsets, orient
from cnnlib.train.checkpoint import read_checkpoint, write_checkpoint
from cnnlib.train.device import clear_memory_errors, pick_device, pick_precision
from cnnlib.train.evaluate import predict
from cnnlib.train.ladder import ladder, naive
from cnnlib.train.learner import Learner
from cnnlib.train.muon import Muon, orthogonalise
from cnnlib.train.optimize import DecoupledSGD, optimizers
from cnnlib.train.processes import GlobalBatchNorm
from cnnlib.train.schedule import one_cycle


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


def every_orientation(image):
    turned = [np.rot90(image, turns, (1, 2)) for turns in range(4)]
    return turned + [one[:, :, ::-1] for one in turned]


def test_the_eight_orientations_are_the_turns_and_their_mirror_images():
    image = np.arange(18).reshape(2, 3, 3)
    found = orient(torch.from_numpy(image).expand(8, 2, 3, 3), torch.arange(8)).numpy()
    assert {one.tobytes() for one in found} == {one.tobytes() for one in every_orientation(image)}


def test_each_image_is_oriented_by_its_own_number(generator):
    images, which = torch.rand(20, 3, 5, 5, generator=generator), torch.randint(8, (20,), generator=generator)
    one_by_one = [orient(image[None], number[None])[0] for image, number in zip(images, which, strict=True)]
    torch.testing.assert_close(orient(images, which), torch.stack(one_by_one), rtol=0, atol=0)


def test_every_image_sees_all_eight_orientations_before_one_comes_twice(generator):
    table = deal(100, 21, generator)
    assert table.shape == (21, 100)
    for start in (0, 8):
        assert torch.equal(table[start : start + 8].sort(0).values, torch.arange(8)[:, None].expand(8, 100))
    assert all(len(set(column.tolist())) == 5 for column in table[16:].T)


def test_images_are_dealt_differently_and_each_round_anew(generator):
    table = deal(200, 16, generator)
    assert not torch.equal(table[:8], table[8:])
    assert torch.bincount(table[0], minlength=8).min() > 5


def test_a_moved_image_is_a_crop_of_its_reflection_padded_copy(generator):
    images, moves = torch.rand(30, 2, 6, 6, generator=generator), offsets(30, 3, generator)
    padded = nn.functional.pad(images, (3, 3, 3, 3), mode="reflect")
    crops = [
        one[:, 3 + down : 9 + down, 3 + right : 9 + right]
        for one, (down, right) in zip(padded, moves.tolist(), strict=True)
    ]
    as_they_lie = torch.zeros(30, dtype=torch.int64)
    found = cut(images, torch.arange(30), as_they_lie, moves)
    torch.testing.assert_close(found, torch.stack(crops), rtol=0, atol=0)
    assert moves.unique().tolist() == [-3, -2, -1, 0, 1, 2, 3]


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_an_image_is_chosen_first_then_laid_then_moved(generator, layout):
    images = torch.randint(256, (9, 3, 5, 5), generator=generator, dtype=torch.uint8).contiguous(memory_format=layout)
    rows, which = torch.randint(9, (40,), generator=generator), torch.randint(8, (40,), generator=generator)
    moves, as_they_lie = offsets(40, 3, generator), torch.zeros(40, dtype=torch.int64)
    step_by_step = cut(orient(images[rows], which), torch.arange(40), as_they_lie, moves)
    found = cut(images, rows, which, moves)
    assert found.dtype == torch.uint8
    assert torch.equal(found, step_by_step)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_cutout_removes_a_square_around_its_centre(size):
    holes = cutout(torch.ones(1, 2, 7, 7), torch.tensor([[0.5, 0.5]]), size)[0] == 0
    assert holes.sum().item() == 2 * size**2
    assert holes[:, 3, 3].all()


def test_cutout_keeps_the_memory_format_and_its_input():
    images = torch.ones(2, 3, 4, 4).contiguous(memory_format=torch.channels_last)
    holes = cutout(images, torch.full((2, 2), 0.5), 2)
    assert holes.is_contiguous(memory_format=torch.channels_last)
    assert images.min() == 1


def test_the_learning_rate_is_that_of_pytorchs_one_cycle():
    for shape, name in [("linear", "linear"), ("cosine", "cos")]:
        optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=1.0, momentum=0.9)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, 1.0, total_steps=50, pct_start=0.3, anneal_strategy=name, div_factor=5, final_div_factor=1e12
        )
        for step in range(50):
            mine = one_cycle(step, 50, rise=0.3, shape=shape)
            assert mine == pytest.approx(optimizer.param_groups[0]["lr"], abs=1e-9)
            optimizer.step()
            if step < 49:
                schedule.step()


def test_a_constant_learning_rate_stays():
    assert {one_cycle(step, 10, shape="constant") for step in range(10)} == {1.0}


@pytest.mark.parametrize("rise", [0.0, 0.01, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 7])
def test_extreme_rises_stay_between_nothing_and_the_largest_rate(rise, steps):
    assert all(0 <= one_cycle(step, steps, rise=rise) <= 1 for step in range(steps))


@pytest.mark.parametrize("shape", [(8, 30), (30, 8), (16, 16)])
@pytest.mark.parametrize("options", [{}, {"nesterov": False, "weight_decay": 0.1}, {"momentum": 0.5}])
def test_muon_is_pytorchs_on_matrices(shape, options, generator):
    if not hasattr(torch.optim, "Muon"):
        pytest.skip("this PyTorch has no Muon")
    start = torch.randn(shape, generator=generator)
    mine, theirs = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    chosen = {"lr": 0.1, "weight_decay": 0.0} | options
    pair = Muon([mine], **chosen), torch.optim.Muon([theirs], **chosen)
    for _ in range(4):
        mine.grad = torch.randn(shape, generator=generator)
        theirs.grad = mine.grad.clone()
        for optimizer in pair:
            optimizer.step()
    assert (mine - start).abs().max() > 0.05
    torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-3)  # both compute in bfloat16


def test_muon_reads_filters_as_a_matrix(generator):
    filters = nn.Parameter(torch.randn(8, 3, 3, 3, generator=generator))
    matrix = nn.Parameter(filters.detach().flatten(1).clone())
    filters.grad = torch.randn(8, 3, 3, 3, generator=generator)
    matrix.grad = filters.grad.flatten(1)
    for weight in (filters, matrix):
        Muon([weight], dtype=torch.float32).step()
    torch.testing.assert_close(filters.flatten(1), matrix)


@pytest.mark.parametrize("shape", [(20, 50), (50, 20)])
def test_the_update_of_muon_is_nearly_orthogonal_with_the_gradients_singular_vectors(shape, generator):
    gradient = torch.randn(shape, generator=generator, dtype=torch.double)
    update = orthogonalise(gradient, dtype=torch.double)
    left, _, right = torch.linalg.svd(gradient, full_matrices=False)
    values = left.T @ update @ right.T
    assert values.diag().min() > 0.6 and values.diag().max() < 1.3
    torch.testing.assert_close(values - values.diag().diag(), torch.zeros_like(values), atol=1e-9, rtol=0)


def test_muon_refuses_offsets_and_numbers_out_of_range():
    with pytest.raises(ValueError, match="give offsets and scales to SGD"):
        Muon([nn.Parameter(torch.zeros(3))])
    with pytest.raises(ValueError, match="momentum must be less than 1"):
        Muon([nn.Parameter(torch.zeros(3, 3))], momentum=1.0)


def test_decoupled_decay_shrinks_weights_apart_from_pytorchs_sgd(generator):
    start, gradients = torch.randn(5, generator=generator), torch.randn(6, 5, generator=generator)
    decayed, plain = nn.Parameter(start.clone()), nn.Parameter(start.clone())
    mine = DecoupledSGD([{"params": [decayed], "decay": 0.3}], lr=0.1, momentum=0.9, nesterov=True)
    theirs = torch.optim.SGD([plain], lr=0.1, momentum=0.9, nesterov=True)
    for gradient in gradients:
        with torch.no_grad():
            plain.mul_(1 - 0.1 * 0.3)
        for weight, optimizer in ((decayed, mine), (plain, theirs)):
            weight.grad = gradient.clone()
            optimizer.step()
    torch.testing.assert_close(decayed, plain)


@pytest.mark.parametrize("name, kinds", [("sgd", ["SGD"]), ("adamw", ["AdamW"]), ("muon", ["SGD", "Muon"])])
def test_each_optimizer_has_every_learned_weight_once_and_spares_offsets_decay(name, kinds):
    network = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Flatten(), nn.Linear(8, 2))
    network[1].weight.requires_grad_(False)
    found = optimizers(network, Settings(optimizer=name, weight_decay=0.25, bias_rate=4.0, learning_rate=0.5))
    assert [type(one).__name__ for one in found] == kinds
    groups = [group for one in found for group in one.param_groups]
    held = [id(weight) for group in groups for weight in group["params"]]
    assert sorted(held) == sorted(id(weight) for weight in network.parameters() if weight.requires_grad)
    for group in groups:
        is_offset = group["params"][0].ndim == 1
        assert group["weight_decay"] == (0.0 if is_offset else 0.25)
        if is_offset:
            assert group["peak"] == 2.0


def test_averaged_weights_follow_the_formula_and_take_batchnorms_statistics_along(generator):
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    learner = Learner(network, Settings(average=0.8, learning_rate=0.5))
    expected = None
    for _ in range(5):
        learner.step(torch.randn(8, 1, 5, 5, generator=generator), torch.zeros(8, dtype=torch.long), 1.0)
        now = {name: value.clone() for name, value in network.state_dict().items() if value.is_floating_point()}
        expected = {
            name: value if expected is None else 0.8 * expected[name] + 0.2 * value for name, value in now.items()
        }
    averaged = learner.best().state_dict()
    for name, value in expected.items():
        torch.testing.assert_close(averaged[name], value)
    assert not torch.equal(averaged["1.running_mean"], network[1].running_mean)


def test_a_step_clips_the_gradient_and_tells_its_length(generator):
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    images, labels = 100 * torch.randn(6, 1, 2, 2, generator=generator), torch.tensor([0, 1, 0, 1, 0, 1])
    other = copy.deepcopy(network)
    settings = Settings(clip=0.5, learning_rate=1.0, momentum=0.0, weight_decay=0.0, label_smoothing=0.2)
    loss, right, norm = Learner(network, settings).step(images, labels, 1.0)
    logits = other(images)
    truth = nn.functional.cross_entropy(logits, labels, label_smoothing=0.2)
    truth.backward()
    length = torch.cat([weight.grad.flatten() for weight in other.parameters()]).norm()
    torch.testing.assert_close((loss, norm), (truth.detach(), length))
    assert right == (logits.argmax(1) == labels).sum()
    moved = torch.cat([(a - b).flatten() for a, b in zip(network.parameters(), other.parameters(), strict=True)])
    assert moved.norm().item() == pytest.approx(0.5, rel=1e-4)


def test_eight_views_are_the_mean_of_the_logits_by_hand(generator):
    network = nn.Sequential(nn.Conv2d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(16, 3)).eval()
    images = torch.rand(7, 2, 4, 4, generator=generator)
    views = [torch.rot90(images, turns, (2, 3)) for turns in range(4)]
    by_hand = torch.stack([network(one) for view in views for one in (view, view.flip(3))]).mean(0)
    torch.testing.assert_close(predict(network, images, batch=3), by_hand.detach())
    torch.testing.assert_close(predict(network, images, views=1), network(images).detach())


def test_global_batchnorm_alone_is_pytorchs(generator):
    mine, theirs = GlobalBatchNorm(3), nn.BatchNorm2d(3)
    x = torch.randn(4, 3, 5, 5, generator=generator)
    torch.testing.assert_close(mine(x), theirs(x))
    torch.testing.assert_close(mine.running_var, theirs.running_var)


def test_a_checkpoint_comes_back_and_leaves_nothing_else_in_its_folder(tmp_path):
    state = {"settings": {"epochs": 3}, "weights": torch.arange(3.0)}
    path = tmp_path / "new" / "run.pt"
    write_checkpoint(path, state)
    back = read_checkpoint(path, {"epochs": 3})
    assert torch.equal(back["weights"], state["weights"])
    assert [one.name for one in path.parent.iterdir()] == ["run.pt"]


def test_a_checkpoint_that_cannot_be_written_leaves_the_old_one_whole(tmp_path):
    path = tmp_path / "run.pt"
    write_checkpoint(path, {"settings": {}, "epoch": 1})
    with pytest.raises(Exception, match="pickle"):
        write_checkpoint(path, {"settings": {}, "epoch": lambda: 2})
    assert read_checkpoint(path, {})["epoch"] == 1
    assert [one.name for one in tmp_path.iterdir()] == ["run.pt"]


def test_a_checkpoint_with_code_in_it_is_refused_and_the_code_not_run(tmp_path):
    class Evil:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    torch.save({"settings": {}, "evil": Evil()}, tmp_path / "run.pt")
    with pytest.raises(ValueError, match="not a checkpoint"):
        read_checkpoint(tmp_path / "run.pt", {})
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("content", [b"", b"rubbish", b"PK\x03\x04 half a zip"])
def test_a_broken_checkpoint_is_refused(tmp_path, content):
    (tmp_path / "run.pt").write_bytes(content)
    with pytest.raises(ValueError, match=r"run\.pt is not a checkpoint"):
        read_checkpoint(tmp_path / "run.pt", {})


def test_a_device_that_is_not_there_is_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match=r"device 'cuda' is not there: this PyTorch sees .*cpu"):
        pick_device("cuda")


@pytest.mark.parametrize("cuda, mps, expected", [(True, True, "cuda"), (False, True, "mps"), (False, False, "cpu")])
def test_auto_takes_the_fastest_device(monkeypatch, cuda, mps, expected):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
    assert pick_device("auto").type == expected


def test_bfloat16_needs_a_processor_that_has_it(monkeypatch):
    monkeypatch.setattr("cnnlib.train.device.CPU_FLAGS", {"an instruction nobody has"})
    with pytest.raises(ValueError, match=r"no bfloat16 instructions.*take precision 'float32'"):
        pick_precision(torch.device("cpu"), "bfloat16")


@pytest.mark.parametrize("flags, expected", [({"an instruction nobody has"}, "float32"), ({"processor"}, "bfloat16")])
def test_auto_takes_bfloat16_where_the_processor_has_it(monkeypatch, flags, expected):
    cpuinfo = Path("/proc/cpuinfo")
    if not (cpuinfo.is_file() and "processor" in cpuinfo.read_text()):
        pytest.skip("the words of this processor are not in /proc/cpuinfo")
    monkeypatch.setattr("cnnlib.train.device.CPU_FLAGS", flags)
    assert pick_precision(torch.device("cpu"), "auto") == expected


def test_auto_takes_float32_on_mps_and_on_old_gpus(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (7, 5))
    assert [pick_precision(torch.device(kind), "auto") for kind in ("mps", "cuda")] == ["float32", "float32"]
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: (9, 0))
    assert pick_precision(torch.device("cuda"), "auto") == "bfloat16"


def test_other_errors_are_not_taken_for_full_memory():
    with pytest.raises(RuntimeError, match="shapes"), clear_memory_errors("lower the batch"):
        raise RuntimeError("shapes do not match")


@pytest.mark.parametrize(
    "change, message",
    [
        ({"epochs": 0}, "epochs is 0: it must be at least 1"),
        ({"epochs": 2.5}, "epochs is 2.5: give a value of type int"),
        ({"epochs": True}, "epochs is True: give a value of type int"),
        ({"learning_rate": float("nan")}, "learning_rate is nan: it must be at least 0, and finite"),
        ({"momentum": 1.0}, "momentum is 1.0: it must be less than 1"),
        ({"views": 4}, "views is 4: there are 1"),
        ({"optimizer": "adam"}, "optimizer is 'adam': choose one of sgd, adamw, muon"),
        ({"resume": True}, "resume needs the checkpoint"),
        ({"fit": "train+validation"}, "validation says nothing any more"),
    ],
)
def test_settings_that_cannot_be_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        Settings(**change)


def test_an_unknown_data_set_or_setting_of_a_recipe_is_refused():
    with pytest.raises(ValueError, match="no recipe for 'mars': choose one of landsat, eurosat"):
        recipe("mars")
    with pytest.raises(ValueError, match="no setting 'epoch': there are network, width"):
        recipe("landsat", epoch=3)


@pytest.mark.parametrize("goal", [Settings(), recipe("landsat"), recipe("eurosat"), Settings(optimizer="muon")])
def test_the_ladder_goes_from_the_naive_loop_to_the_goal_one_trick_a_row(goal):
    rungs = ladder(goal)
    assert rungs[-1].settings == goal
    assert all(getattr(rungs[0].settings, name) == value for name, value in naive.items())
    assert len({rung.trick for rung in rungs}) == len(rungs) > 5
    changed = [
        {name for name in Settings.explain() if getattr(old.settings, name) != getattr(new.settings, name)}
        for old, new in pairwise(rungs)
    ]
    assert all(changed)
    together = [names - {"orientations"} for names in changed]
    assert sum(map(len, together)) == len(set().union(*together))
