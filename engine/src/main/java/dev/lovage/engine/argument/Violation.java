package dev.lovage.engine.argument;

/// One place where arguments don't fit the task.
///
/// @param pointer JSON pointer into the body `[args, kwargs, embed]`: `/0/1` is the second positional argument,
///     `/1/file_path` a keyword argument
/// @param found what is there, in words; its content is not quoted
/// @param expected what the task takes there
public record Violation(String pointer, String found, String expected) {
    @Override
    public String toString() {
        return "At " + pointer + " there is " + found + ", expected " + expected + ".";
    }
}
