"""Take a person out of everything that the warehouse keeps, and keep them out."""
