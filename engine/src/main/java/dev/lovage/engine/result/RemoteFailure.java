package dev.lovage.engine.result;

import java.util.List;

/// An exception that was thrown in another process. Its class need not be known here.
public final class RemoteFailure extends RuntimeException {
    private final String module;
    private final String type;
    private final List<String> types;
    private final String trace;

    /// @param module the package, as [Failures#encode(Throwable)] has it
    /// @param type the class's name within it
    /// @param types the names of its class, of all superclasses and of all interfaces
    /// @param trace as it was printed there
    public RemoteFailure(String module, String type, String message, List<String> types, String trace) {
        super(message, null, false, false);
        this.module = module;
        this.type = type;
        this.types = List.copyOf(types);
        this.trace = trace;
    }

    public String module() {
        return module;
    }

    public String type() {
        return type;
    }

    public String trace() {
        return trace;
    }

    /// Whether an instance of `type`, or of a subtype, was thrown.
    public boolean is(Class<?> type) {
        return types.contains(type.getName());
    }

    @Override
    public String toString() {
        return (module.isEmpty() ? type : module + "." + type) + ": " + getMessage();
    }
}
