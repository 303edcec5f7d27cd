"""What lies where below SIMPACT_HOME: a folder per adapter, named after all that decides its weights."""

FOLDER = "adapters"
WEIGHTS = "adapter_model.safetensors"
RUN = "training.json"  # how the adapter came about
CURVE, AUDIT = "curve.parquet", "audit.parquet"
STALE = "STALE.md"  # somebody whom it saw was erased since
CHECKPOINT = ".checkpoint"  # how far a pass of several adapters is
