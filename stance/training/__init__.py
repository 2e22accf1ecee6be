"""Fine-tuning on labelled rows: read, split, train, calibrate, measure, save."""

from __future__ import annotations
