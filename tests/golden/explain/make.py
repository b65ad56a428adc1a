"""Makes maps.npz for tests/lua/explain.lua: saliency, occlusion and Grad-CAM of a small net as PyTorch's
autograd gives them, written out here (the definitions are those of the papers, and of Captum's classes of these names)."""
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.manual_seed(4)
here = os.path.dirname(os.path.abspath(__file__))
net = nn.Sequential(nn.Conv2d(3, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(4, 5, 3), nn.ReLU(),
                    nn.Dropout(0.5), nn.Flatten(), nn.Linear(5 * 3 * 4, 3))
net[1].running_mean.uniform_(-0.2, 0.2)
net[1].running_var.uniform_(0.5, 1.5)
net.eval()
x = torch.randn(2, 3, 10, 12)
target = torch.tensor([2, 0])

y = x.clone().requires_grad_(True)
net(y).gather(1, target[:, None]).sum().backward()
saliency = y.grad.abs().amax(1)

features = []
handle = net[4].register_forward_hook(lambda m, i, o: (o.retain_grad(), features.append(o)) and None)
net(x.clone().requires_grad_(True)).gather(1, target[:, None]).sum().backward()
handle.remove()
weights = features[0].grad.mean((2, 3), keepdim=True)
cam = F.relu((features[0] * weights).sum(1, keepdim=True))
cam = F.interpolate(cam, size=x.shape[2:], mode="bilinear", align_corners=False)[:, 0].detach()

window, stride = (4, 4), (3, 3)
sums, counts = torch.zeros(2, 10, 12), torch.zeros(10, 12)
with torch.no_grad():
    whole = net(x).gather(1, target[:, None])[:, 0]
    for top in range(0, 3 * -(-(10 - 4) // 3) + 1, 3):
        for left in range(0, 3 * -(-(12 - 4) // 3) + 1, 3):
            covered = x.clone()
            covered[:, :, top:top + 4, left:left + 4] = 0.25
            lost = whole - net(covered).gather(1, target[:, None])[:, 0]
            sums[:, top:top + 4, left:left + 4] += lost[:, None, None]
            counts[top:top + 4, left:left + 4] += 1
np.savez(os.path.join(here, "maps.npz"), x=x.numpy(), target=target.numpy(), saliency=saliency.numpy(), cam=cam.numpy(),
         occlusion=(sums / counts).numpy(), **{"net." + k: v.numpy() for k, v in net.state_dict().items()})
