"""What the experiments on public measurements share: data, splits, baselines, scores, rows and tables."""
