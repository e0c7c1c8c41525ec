package dev.lovage.engine.settings;

/// A setting that can't be used. Nothing was started.
public final class BadSetting extends RuntimeException {
    private static final String END = ". Nothing was started.";

    public BadSetting(String message) {
        super(message + " Nothing was started.");
    }

    /// What was found, without a full stop.
    String found() {
        var message = String.valueOf(getMessage());
        return message.endsWith(END) ? message.substring(0, message.length() - END.length()) : message;
    }
}
