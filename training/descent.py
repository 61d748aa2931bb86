"""Descent: the updates of a part of a model, in all trainings but the main loop."""

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from .progress import progress

WARMUP = 100  # updates at most, or a twentieth of all


def descend(
    module: nn.Module, loss: Callable[[float], Tensor], steps: int, rate: float, name: str, bf16: bool = False
) -> None:
    """Move the weights of `module` down `loss`, a function of how much of the `steps` updates is over.

    The learning rate rises to `rate` and falls along a cosine. What is kept is the moving average of about the last
    fifth of the updates, which is ahead of the last one. With `bf16` the loss is computed in mixed precision.
    """
    optimizer = torch.optim.AdamW(module.parameters(), rate, (0.9, 0.99), weight_decay=0.01, fused=True)
    warmup = min(WARMUP, steps / 20)
    decay = min(0.999, max(0.0, 1 - 5 / steps))
    average = AveragedModel(module, multi_avg_fn=get_ema_multi_avg_fn(decay))
    bar = progress(range(steps), desc=name)
    for step in bar:
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / warmup) * 0.5 * (1 + math.cos(math.pi * step / steps))
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            value = loss(step / steps)
        optimizer.zero_grad()
        value.backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
        average.update_parameters(module)
        if step % 20 == 0:
            bar.set_postfix_str(f"loss {value.item():.4g}", refresh=False)
    module.load_state_dict(average.module.state_dict())
