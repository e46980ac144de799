"""Uploads finished runs to Weights & Biases, one W&B run per run folder.

    pip install wandb tensorboard pyyaml pillow
    wandb login
    python3 scripts/wandb_import.py PROJECT runs/NAME [runs/NAME ...]

Curves and pictures come from the TensorBoard events, the configuration from config.yaml, the scores (as the run's summary)
from result.json. WANDB_MODE=offline keeps everything in ./wandb, for `wandb sync` later.
"""
import io
import json
import os
import sys

import wandb
import yaml
from PIL import Image
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

ALL = {"scalars": 0, "images": 0}  # 0 keeps every event; the default thins them out


def import_run(project, folder):
    with open(os.path.join(folder, "config.yaml")) as f:
        config = yaml.safe_load(f)
    events = EventAccumulator(folder, size_guidance=ALL).Reload()
    steps = {}
    for tag in events.Tags()["scalars"]:
        for event in events.Scalars(tag):
            steps.setdefault(event.step, {})[tag] = event.value
    for tag in events.Tags()["images"]:
        for event in events.Images(tag):
            steps.setdefault(event.step, {})[tag] = wandb.Image(Image.open(io.BytesIO(event.encoded_image_string)))
    with wandb.init(project=project, name=os.path.basename(os.path.normpath(folder)), config=config) as run:
        for step in sorted(steps):  # W&B drops a step that is behind the last one
            run.log(steps[step], step=step)
        result = os.path.join(folder, "result.json")
        if os.path.exists(result):
            with open(result) as f:
                run.summary.update(json.load(f))


if len(sys.argv) < 3:
    sys.exit(__doc__)
for path in sys.argv[2:]:
    import_run(sys.argv[1], path)
