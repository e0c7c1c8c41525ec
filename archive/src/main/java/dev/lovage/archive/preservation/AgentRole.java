package dev.lovage.archive.preservation;

/// What an agent did in an event.
public enum AgentRole implements Term {
    AUTHORIZER("aut", "authorizer"),
    /// Also for the device that a program drives.
    EXECUTING_PROGRAM("exe", "executing program"),
    IMPLEMENTER("imp", "implementer"),
    VALIDATOR("val", "validator");

    private final String code;
    private final String label;

    AgentRole(String code, String label) {
        this.code = code;
        this.label = label;
    }

    @Override
    public String scheme() {
        return "eventRelatedAgentRole";
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
