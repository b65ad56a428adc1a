# events_once.py WHOLE RESUMED...: what TensorBoard reads from the event files of runs that were stopped and went on: for each
# tag the steps that the run which was never stopped has, each once. Prints a line for each difference.
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

KINDS = {"scalars": "Scalars", "histograms": "Histograms", "images": "Images", "tensors": "Tensors"}


def steps_of(path):
    found = EventAccumulator(path, size_guidance={kind: 0 for kind in KINDS})
    found.Reload()
    return {
        (kind, tag): [event.step for event in getattr(found, method)(tag)]
        for kind, method in KINDS.items()
        for tag in found.Tags()[kind]
    }


whole = steps_of(sys.argv[1])
wrong = [f"{kind} {tag}: twice in {sys.argv[1]}" for (kind, tag), steps in whole.items() if len(set(steps)) < len(steps)]
for path in sys.argv[2:]:
    resumed = steps_of(path)
    for key in sorted(set(whole) | set(resumed)):
        if whole.get(key) != resumed.get(key):
            wrong.append(f"{path}: {' '.join(key)}: {resumed.get(key)}, expected {whole.get(key)}")
print("\n".join(wrong + [f"{len(whole)} tags in {len(sys.argv) - 1} runs"]))
sys.exit(1 if wrong or not whole else 0)
