package dev.lovage.archive.image;

/// A file is no image that this program can read, or one that it refuses to decode. Reading it again gives the
/// same answer, so it is not worth a retry. The file is unharmed.
public final class ImageUnreadable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ImageUnreadable(String found) {
        super(found + " The file is unharmed and was not read further.");
    }

    ImageUnreadable(String found, Throwable cause) {
        super(found + " The file is unharmed and was not read further.", cause);
    }
}
