package dev.lovage.archive.bag;

/// A file that was copied into a bag is not the one that was announced. Reading it again gives the same
/// bytes, so this is not retried.
public final class BagFileDiffers extends RuntimeException {
    private final String path;
    private final String sha256Expected;
    private final String sha256Found;

    BagFileDiffers(String path, String sha256Expected, String sha256Found) {
        super("The file for " + path + " in the bag has the SHA-256 " + sha256Found + ", but " + sha256Expected
                + " was expected. The bag was not completed. Take the file from another copy, or find out who"
                + " changed it.");
        this.path = path;
        this.sha256Expected = sha256Expected;
        this.sha256Found = sha256Found;
    }

    /// Where it was to lie in the bag.
    public String path() {
        return path;
    }

    public String sha256Expected() {
        return sha256Expected;
    }

    public String sha256Found() {
        return sha256Found;
    }
}
