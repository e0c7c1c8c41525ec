-- The lines and chords of a whole workflow are looked up by its first task.
CREATE INDEX lovage_log_root ON lovage_log (root_id, task_id);
CREATE INDEX lovage_join_root ON lovage_join (root_id);
