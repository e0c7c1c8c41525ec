package dev.lovage.engine.json;

/// A value or a type that JSON can't carry, refused where it is made. Nothing was sent or stored.
public final class NotJson extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private final String path;
    private final String found;
    private final String instead;

    /// @param path where, from the root `$`: `$.files[3].stream`
    /// @param found the type, or what is wrong with the value; never its content
    /// @param instead what to use in its place
    public NotJson(String path, String found, String instead) {
        super("At " + path + " there is " + found + ", which JSON can't carry. Nothing was sent. Use " + instead + ".");
        this.path = path;
        this.found = found;
        this.instead = instead;
    }

    public String path() {
        return path;
    }

    public String found() {
        return found;
    }

    public String instead() {
        return instead;
    }
}
