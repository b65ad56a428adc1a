"""activity.py FOLDER WORKERS OUT [smoke] [records] - ../activity.lua as a careful student writes it with PyTorch,
Albumentations and scikit-learn: the same nets, split, augmentation, epochs and seeds; the mean of the best validation
accuracies goes to OUT. It trains and validates. With `records` it keeps as well what the practical work asks for: curves for
TensorBoard, the best weights, and the accuracy of the training pictures with the best and with the last weights."""
import copy
import glob
import os
import sys
import tempfile
import albumentations as A
import cv2
import torch
from albumentations.pytorch import ToTensorV2
from sklearn.metrics import classification_report, confusion_matrix
from sklearn.model_selection import train_test_split
from torch import nn
from torch.utils.data import DataLoader, Dataset

folder, workers, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
smoke, records, full = "smoke" in sys.argv[4:], "records" in sys.argv[4:], os.environ.get("FULL") == "1"
epochs, seeds = (1, 1) if smoke else (10, 3) if full else (4, 1)
cv2.setNumThreads(0)
classes = sorted(d for d in os.listdir(folder) if os.path.isdir(os.path.join(folder, d)))
files, labels = [], []
for i, name in enumerate(classes):
    for f in sorted(glob.glob(os.path.join(folder, name, "*"))):
        files.append(f)
        labels.append(i)
if smoke:
    files, labels = files[::20], labels[::20]
train_f, val_f, train_y, val_y = train_test_split(files, labels, test_size=0.2, stratify=labels, random_state=42)

varied = A.Compose([A.Resize(64, 64), A.HorizontalFlip(p=0.5), A.RandomBrightnessContrast(p=0.2), A.ShiftScaleRotate(p=0.5),
                    A.Normalize(), ToTensorV2()])
plain = A.Compose([A.Resize(64, 64), A.Normalize(), ToTensorV2()])


class Photos(Dataset):
    def __init__(self, paths, targets, transform):
        self.paths, self.targets, self.transform = paths, targets, transform

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        image = cv2.cvtColor(cv2.imread(self.paths[i]), cv2.COLOR_BGR2RGB)
        return self.transform(image=image)["image"], self.targets[i]


def net(p, norm):
    layers, d_in = [nn.Flatten()], 64 * 64 * 3
    for width in (512, 256):
        layers.append(nn.Linear(d_in, width))
        if norm:
            layers.append(nn.BatchNorm1d(width))
        layers += [nn.ReLU(), nn.Dropout(p)]
        d_in = width
    return nn.Sequential(*layers, nn.Linear(d_in, len(classes)))


def evaluate(model, loader, criterion=None):
    """Predictions in order, and the mean loss where it is asked for."""
    predictions, loss, count = [], 0, 0
    model.eval()
    with torch.no_grad():
        for images, targets in loader:
            scores = model(images)
            predictions += scores.argmax(1).tolist()
            if criterion:
                loss += criterion(scores, targets).item() * len(targets)
                count += len(targets)
    return predictions, loss / max(count, 1)


def accuracy_of(predictions, targets):
    return sum(a == b for a, b in zip(predictions, targets)) / len(targets)


rows = [(0.2, False, 0), (0.1, True, 0), (0.5, False, 0), (0.1, False, 0), (0, True, 0), (0, False, 1e-4), (0.1, False, 1e-4),
        (0.1, False, 1e-3)]
reached = []
if records:
    from torch.utils.tensorboard import SummaryWriter
    runs = tempfile.TemporaryDirectory()
for p, norm, decay in rows[:8 if full else 2]:
    for seed in range(42, 42 + seeds):
        torch.manual_seed(seed)
        train = DataLoader(Photos(train_f, train_y, varied), batch_size=32, shuffle=True, num_workers=workers,
                           persistent_workers=workers > 0)
        val = DataLoader(Photos(val_f, val_y, plain), batch_size=256, num_workers=workers, persistent_workers=workers > 0)
        model = net(p, norm)
        optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, weight_decay=decay)
        criterion, best = nn.CrossEntropyLoss(), 0
        if records:
            kept = os.path.join(runs.name, f"{p}-{norm}-{decay}-{seed}")
            writer, best_state = SummaryWriter(kept), None
        for epoch in range(epochs):
            model.train()
            train_loss = train_right = 0
            for images, targets in train:
                optimizer.zero_grad()
                scores = model(images)
                loss = criterion(scores, targets)
                loss.backward()
                optimizer.step()
                if records:
                    train_loss += loss.item() * len(targets)
                    train_right += (scores.argmax(1) == targets).sum().item()
            predictions, val_loss = evaluate(model, val, criterion if records else None)
            accuracy = accuracy_of(predictions, val_y)
            if records:
                for name, value in (("train/loss", train_loss / len(train_y)), ("train/accuracy", train_right / len(train_y)),
                                    ("val/loss", val_loss), ("val/accuracy", accuracy)):
                    writer.add_scalar(name, value, epoch)
                if accuracy > best or not best_state:
                    best_state = copy.deepcopy(model.state_dict())
                    torch.save(best_state, os.path.join(kept, "best.pt"))
            best = max(best, accuracy)
        if records:
            again = DataLoader(Photos(train_f, train_y, plain), batch_size=256, num_workers=workers)
            last = accuracy_of(evaluate(model, again)[0], train_y)
            model.load_state_dict(best_state)
            writer.add_hparams({"dropout": p, "decay": decay, "seed": seed},
                               {"val": best, "train": accuracy_of(evaluate(model, again)[0], train_y), "train, last": last})
            writer.close()
        classification_report(val_y, predictions, zero_division=0)
        confusion_matrix(val_y, predictions)
        reached.append(best)
with open(out, "w") as f:
    f.write(f"activity/mean validation accuracy\t{sum(reached) / len(reached):.4f}\n")
