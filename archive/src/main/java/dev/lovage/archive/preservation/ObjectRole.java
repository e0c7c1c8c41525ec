package dev.lovage.archive.preservation;

/// What an object was to an event.
public enum ObjectRole implements Term {
    SOURCE("sou", "source"),
    OUTCOME("out", "outcome");

    private final String code;
    private final String label;

    ObjectRole(String code, String label) {
        this.code = code;
        this.label = label;
    }

    @Override
    public String scheme() {
        return "eventRelatedObjectRole";
    }

    @Override
    public String code() {
        return code;
    }

    @Override
    public String label() {
        return label;
    }
}
