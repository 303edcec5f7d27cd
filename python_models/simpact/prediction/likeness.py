"""How like a context is to what its reader had written until then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from simpact.vectors import matrix

LIKENESSES = pa.schema([("thread_id", pa.int64()), ("likeness", pa.float32())])


def likenesses(moments: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The cosine of each context with the mean of the vectors of its reader's own earlier posts.

    Moments are (user_number, is_own, id, embedding): a user's come together, in time order, across batches too. Own ones are
    posts; others are threads, with the vector of what is answered. Gives rows of LIKENESSES for the threads of users who had
    written before. Memory is four batches.
    """
    reader, written = -1, np.zeros(0)  # the user whom the last batch broke off at, and the sum of what they had written
    for batch in moments:
        if not batch.num_rows:
            continue
        users = batch["user_number"].to_numpy()
        is_own = batch["is_own"].to_numpy(zero_copy_only=False)
        vectors = matrix(batch["embedding"]).astype(np.float64)
        sums = np.cumsum(vectors * is_own[:, None], axis=0)
        starts = np.searchsorted(users, users)  # users come in order
        sums -= np.where((starts > 0)[:, None], sums[starts - 1], 0)
        if users[0] == reader:
            sums[users == reader] += written
        reader, written = int(users[-1]), sums[-1]
        lengths = np.linalg.norm(sums, axis=1)
        asked = ~is_own & (lengths > 1e-9)
        found = np.einsum("ij,ij->i", sums[asked], vectors[asked]) / lengths[asked]
        yield pa.record_batch([batch["id"].filter(pa.array(asked)), pa.array(found.astype(np.float32))], schema=LIKENESSES)
