"""input.py FOLDER [smoke] - the rows of ../input.lua with OpenCV, Pillow and Albumentations in a DataLoader."""
import glob
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
import albumentations as A
import cv2
from albumentations.pytorch import ToTensorV2
from PIL import Image
from torch.utils.data import DataLoader, Dataset

folder, smoke = sys.argv[1], len(sys.argv) > 2
files = sorted(f for f in glob.glob(folder + "/*/*") if os.path.isfile(f))
if smoke:
    files = files[:40]
cv2.setNumThreads(0)


def put(name, rate):
    print(f"input/{name} images/s\t{rate:.6g}", flush=True)


def opencv(path):
    return cv2.resize(cv2.cvtColor(cv2.imread(path), cv2.COLOR_BGR2RGB), (64, 64))


def pillow(path):
    return Image.open(path).convert("RGB").resize((64, 64), Image.BILINEAR)


best = {}
for read in (opencv, pillow):
    for workers in (0, 2):
        began = time.perf_counter()
        if workers:
            with ThreadPoolExecutor(workers) as pool:
                for _ in pool.map(read, files):
                    pass
        else:
            for f in files:
                read(f)
        rate = len(files) / (time.perf_counter() - began)
        put(f"cold decode and resize by {read.__name__}, workers {workers}", rate)
        best[workers] = max(best.get(workers, 0), rate)
for workers, rate in best.items():
    put(f"cold decode and resize, workers {workers}", rate)


class Photos(Dataset):
    """As one would write it, but with the resized photos kept in memory, as mlprun does."""

    def __init__(self, steps, keep=True):
        self.transform = A.Compose(steps + [A.Normalize(), ToTensorV2()])
        self.photos, self.keep = {}, keep

    def __len__(self):
        return len(files)

    def __getitem__(self, i):
        if not self.keep:
            return self.transform(image=opencv(files[i]))["image"], 0
        if i not in self.photos:
            self.photos[i] = opencv(files[i])
        return self.transform(image=self.photos[i])["image"], 0


def warm(name, steps, workers, rounds, keep=True):
    data = Photos(steps, keep)
    for i in range(len(data)):
        data[i]
    loader = DataLoader(data, batch_size=32, shuffle=True, num_workers=workers, persistent_workers=workers > 0)
    best_rate = 0
    for r in range(1 + rounds):
        began = time.perf_counter()
        for _ in loader:
            pass
        if r > 0 or smoke:
            best_rate = max(best_rate, len(files) / (time.perf_counter() - began))
    put(f"warm, {name}, workers {workers}", best_rate)


report = [A.HorizontalFlip(p=0.5), A.RandomBrightnessContrast(p=0.2), A.ShiftScaleRotate(p=0.5)]
for w in (0, 2):
    warm("augmented as in the practical work", report, w, 0 if smoke else 2)
    warm("the same, files read in every epoch", report, w, 0 if smoke else 2, keep=False)
if not smoke:
    for name, steps in (("no transform", []), ("HorizontalFlip", [A.HorizontalFlip(p=1)]),
                        ("RandomBrightnessContrast", [A.RandomBrightnessContrast(p=1)]),
                        ("ShiftScaleRotate", [A.ShiftScaleRotate(p=1)]), ("MotionBlur", [A.MotionBlur(p=1)]),
                        ("RandomFog", [A.RandomFog(p=1)]), ("GaussNoise", [A.GaussNoise(p=1)])):
        warm(name, steps, 0, 1)
