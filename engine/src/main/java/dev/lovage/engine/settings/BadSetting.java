package dev.lovage.engine.settings;

/// A setting that can't be used. Nothing was started.
public final class BadSetting extends RuntimeException {
    public BadSetting(String message) {
        super(message + " Nothing was started.");
    }
}
