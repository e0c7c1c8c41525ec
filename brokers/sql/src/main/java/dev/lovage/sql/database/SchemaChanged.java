package dev.lovage.sql.database;

/// A migration that was applied long ago reads differently in this program. Nothing was changed.
public final class SchemaChanged extends RuntimeException {
    private final String component;
    private final int version;

    SchemaChanged(String component, int version, String applied, String found) {
        super(
                "Migration V" + version + " of " + component + " was applied with sha256 " + applied
                        + ", and this program has it with " + found
                        + ". Nothing was changed. An applied migration is never edited: restore its text and add a new version.");
        this.component = component;
        this.version = version;
    }

    public String component() {
        return component;
    }

    public int version() {
        return version;
    }
}
