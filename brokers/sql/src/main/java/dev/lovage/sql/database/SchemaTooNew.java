package dev.lovage.sql.database;

/// A newer program has brought the schema further than this one knows. Nothing was changed.
public final class SchemaTooNew extends RuntimeException {
    private final String component;
    private final int found;
    private final int known;

    SchemaTooNew(String component, int found, int known) {
        super("The schema of " + component + " has version " + found + ", and this program knows versions up to "
                + known + ". Nothing was changed. Run the newer program, or restore a backup from before it.");
        this.component = component;
        this.found = found;
        this.known = known;
    }

    public String component() {
        return component;
    }

    public int found() {
        return found;
    }

    public int known() {
        return known;
    }
}
