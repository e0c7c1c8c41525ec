package dev.lovage.custody.review;

import java.util.Optional;

/// Who decided. The id that a person gives is a claim; what the operating system says is recorded beside it.
///
/// @param claimed as given on the command line
/// @param osUser of the process
public record Reviewer(Optional<String> claimed, String osUser) {
    public Reviewer {
        if (osUser.isBlank()) {
            throw new IllegalArgumentException(
                    "A decision has an operating system user, but none is known. Nothing was" + " changed.");
        }
    }

    /// `claimed:u-102 os:jane`, or `os:jane` where nothing was claimed.
    public String reference() {
        return claimed.map(id -> "claimed:" + id + " ").orElse("") + "os:" + osUser;
    }
}
