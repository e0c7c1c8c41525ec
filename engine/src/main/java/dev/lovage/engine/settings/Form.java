package dev.lovage.engine.settings;

import java.util.List;
import java.util.function.BiConsumer;

/// What the value of a setting is, with its unit.
///
/// @param word for people
/// @param check throws [BadSetting] for a value that can't be read
record Form(String word, BiConsumer<Settings, Setting> check) {
    static final Form TEXT = new Form("text", (_, _) -> {});
    static final Form URL = new Form("address", (_, _) -> {});
    static final Form PATH = new Form("path", (_, _) -> {});
    static final Form FLAG = new Form("flag", Settings::flag);
    static final Form NUMBER = new Form("whole number", Settings::number);
    static final Form SECONDS = new Form("seconds", Settings::duration);
    static final Form SIZE = new Form("KiB", Settings::bytes);
    static final Form RATE = new Form("bytes per second", Settings::bytesPerSecond);
    static final Form MAP = new Form("map", Settings::map);
    static final Form ROUTES = new Form("map", (settings, _) -> settings.routes());
    static final Form QUEUES = new Form("map", (settings, _) -> settings.queues());
    static final Form ANNOTATIONS = new Form("map", (settings, _) -> settings.annotation(""));
    static final Form ZONE = new Form("time zone", (settings, _) -> settings.zone());

    /// One of these.
    static Form words(String... words) {
        var known = List.of(words);
        return new Form("word", (settings, setting) -> {
            if (!known.contains(settings.text(setting))) {
                throw new BadSetting(setting.key() + " is " + String.join(" or ", known) + ", but is '"
                        + settings.text(setting) + "'.");
            }
        });
    }
}
