"""What the target `spark` needs beside Spark; nothing here imports it."""
