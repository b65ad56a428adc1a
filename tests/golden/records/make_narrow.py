"""Makes narrow.npz and narrow_*.safetensors: numbers of f32 with what f16 and bf16 make of them, and files with such types as
the reference writer has them, for tests/lua/records_narrow.lua."""
import os
import numpy as np
import torch
from safetensors.torch import save_file

here = os.path.dirname(os.path.abspath(__file__))
rng = np.random.default_rng(31)
edges = [0.0, -0.0, 1.0, -2.0, 65504.0, 65519.9, 65520.0, 1e30, -1e30, np.inf, -np.inf, np.nan, 2.0**-14, 2.0**-24, 2.0**-25,
         2.0**-25 * 1.0001, 3 * 2.0**-25, -2.0**-26, 1 + 2.0**-11, 1 + 3 * 2.0**-11, 1 + 2.0**-8, 1 + 3 * 2.0**-8, 3.3895e38, 3.4e38]
x = np.concatenate([np.array(edges, "f4"), (rng.normal(size=200) * 10.0 ** rng.integers(-9, 9, 200)).astype("f4")])
t = torch.from_numpy(x)
np.savez(os.path.join(here, "narrow.npz"), x=x, f16=t.half().float().numpy(), bf16=t.bfloat16().float().numpy())
w, steps = torch.tensor([[0.1, -2.5], [1e5, 3.0]]), torch.tensor([3, -7])
for name, dtype in (("f16", torch.float16), ("bf16", torch.bfloat16)):
    save_file({"w": w.to(dtype), "steps": steps, "mask": torch.tensor([True, False])}, os.path.join(here, f"narrow_{name}.safetensors"))
save_file({"w": w, "steps": steps.int(), "mask": torch.tensor([True, False])}, os.path.join(here, "narrow_i32.safetensors"))
