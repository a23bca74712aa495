"""Floor 4: the window. The only place that knows Qt; panels are thin, what they show comes from jobs and history."""
