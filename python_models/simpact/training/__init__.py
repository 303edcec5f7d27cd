"""LoRA adapters: recipes, tokens, packing, the training loop and the queue of adapters."""
