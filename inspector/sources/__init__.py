"""Floor 2: where frames come from. The only place that reads image files and that ever sees BGR."""
