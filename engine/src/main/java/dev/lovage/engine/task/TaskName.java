package dev.lovage.engine.task;

/// The registered name of a task, the same on every worker and in every language:
/// `archival.tasks.verify_checksum`.
public record TaskName(String value) {
    public TaskName {
        if (value.isBlank() || value.length() > 255 || value.chars().anyMatch(c -> c <= ' ')) {
            throw new IllegalArgumentException(
                    "A task's name is 1 to 255 characters without blanks, but is '" + value + "'.");
        }
    }

    @Override
    public String toString() {
        return value;
    }
}
