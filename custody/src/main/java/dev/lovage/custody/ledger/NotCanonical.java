package dev.lovage.custody.ledger;

/// A JSON value has no canonical form, so it can't be in the ledger.
public final class NotCanonical extends IllegalArgumentException {
    private final String path;

    NotCanonical(String path, String found, String instead) {
        super("At \"" + path + "\" there is " + found + ", which has no canonical form. Nothing was written. Use "
                + instead + " instead.");
        this.path = path;
    }

    /// Where, as a JSON pointer.
    public String path() {
        return path;
    }
}
