package dev.lovage.archive.preservation;

/// What kind of agent acted.
public enum AgentType implements Term {
    HARDWARE("har", "hardware"),
    SOFTWARE("sof", "software"),
    PERSON("per", "person"),
    ORGANIZATION("org", "organization");

    private final String code;
    private final String label;

    AgentType(String code, String label) {
        this.code = code;
        this.label = label;
    }

    @Override
    public String scheme() {
        return "agentType";
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
