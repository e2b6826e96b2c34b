"""Models of torch on their way from a check to an answer, and what the answer left behind in them.

Only the checker packs and only the student's side unpacks: a packed model runs code where it is opened. Back comes its
state alone, as plain data.
"""

from __future__ import annotations

import io
import sys
from typing import Any

HOOKS = ("forward_pre", "forward", "full_backward_pre", "full_backward")  # register_…_hook
KEPT = ("_forward_pre_hooks", "_forward_hooks", "_backward_pre_hooks", "_backward_hooks")
Switches = tuple[bool, bool]  # gradients are followed; layers of a CPU round what they read (autocast)
USUAL: Switches = (True, False)


def is_model(value: Any) -> bool:
    """Whether a value is a torch module, without importing torch for it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.nn.Module)


def is_tensor(value: Any) -> bool:
    """Whether a value is a tensor of torch, without importing torch for it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def pack(model: Any) -> bytes:
    """Turn a model with its gradients into bytes.

    Raises:
        TypeError: it holds something that lives only here, such as a class or hook that a check defines.
    """
    import torch

    file = io.BytesIO()
    try:
        torch.save((model, [parameter.grad for parameter in model.parameters()]), file)
    except Exception as error:  # whatever pickle, or a part of the model, has against it
        raise TypeError(f"this model cannot travel ({error}): build it from torch.nn and cnnlib alone") from None
    return file.getvalue()


def unpack(data: bytes) -> Any:
    """Rebuild a packed model. For the student's side alone: this executes what `data` says."""
    import torch

    model, gradients = torch.load(io.BytesIO(data), weights_only=False)
    for parameter, gradient in zip(model.parameters(), gradients, strict=True):
        parameter.grad = gradient
    return model


def state(model: Any) -> dict[str, Any]:
    """Return as plain data what an answer may leave changed in a model.

    >>> import torch
    >>> state(torch.nn.ReLU())
    {'modules': {'': ['ReLU', True, False, 0, 0, 0, 0]}, 'parameters': {}, 'buffers': {}}
    """
    return {
        "modules": {
            name: [
                type(module).__name__,
                module.training,
                getattr(module, "inplace", None),
                *(len(getattr(module, kept)) for kept in KEPT),
            ]
            for name, module in model.named_modules()
        },
        "parameters": {
            name: [value.detach(), value.grad, value.requires_grad] for name, value in model.named_parameters()
        },
        "buffers": dict(model.named_buffers()),
    }


def restore(model: Any, left: dict[str, Any]) -> None:
    """Make a model what `state` said of its copy; hooks that were left are stood for by hooks that do nothing.

    A copy with other parts, parameters or buffers leaves a part called `changed_by_the_answer`.

    Raises:
        TypeError, ValueError, LookupError, AttributeError: no such state.
    """
    import torch

    modules, parameters, buffers = (dict(left[key]) for key in ("modules", "parameters", "buffers"))
    here = state(model)
    same_places = all(set(told) == set(here[key]) for key, told in left.items())
    if not same_places or any(modules[name][0] != kind for name, (kind, *_) in here["modules"].items()):
        model.add_module("changed_by_the_answer", torch.nn.Identity())
        return
    for name, module in model.named_modules():
        _, training, inplace, *counts = modules[name]
        module.training = bool(training)
        if isinstance(inplace, bool) and hasattr(module, "inplace"):
            module.inplace = inplace
        for kind, kept, count in zip(HOOKS, KEPT, counts, strict=True):
            hooks = getattr(module, kept)
            while len(hooks) > int(count):
                hooks.popitem()
            while len(hooks) < min(int(count), 100):
                getattr(module, f"register_{kind}_hook")(_nothing)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            value, gradient, requires_grad = parameters[name]
            if value.shape != parameter.shape:
                raise ValueError("a parameter of another shape")
            parameter.data = value.detach().clone()
            parameter.grad = gradient
            parameter.requires_grad_(bool(requires_grad))
        for name, buffer in model.named_buffers():
            buffer.copy_(buffers[name])


def switches() -> Switches:
    """Return how torch's switches for all code stand; the usual ones where there is no torch."""
    torch = sys.modules.get("torch")
    return USUAL if torch is None else (bool(torch.is_grad_enabled()), bool(torch.is_autocast_enabled("cpu")))


def switch(gradients: bool, autocast: bool) -> None:
    """Let torch follow gradients, and round what layers of a CPU read, or not."""
    torch = sys.modules.get("torch")
    if torch is not None:
        torch.set_grad_enabled(gradients)
        torch.set_autocast_enabled("cpu", autocast)


def _nothing(*_: Any) -> None:
    """Stand for a hook that lives on the other side."""
