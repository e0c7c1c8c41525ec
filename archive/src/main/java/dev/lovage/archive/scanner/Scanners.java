package dev.lovage.archive.scanner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLFactory;
import tools.jackson.dataformat.yaml.YAMLMapper;

/// The scanners that are configured, by their ids.
///
/// They stand in a YAML (or JSON) file, a mapping from the id to:
///
/// | key | |
/// |---|---|
/// | `address` | `sane:host:port/device` for a device behind saned (port 6566 if left out), or `folder:/path` |
/// | `model` | what the device has to say it is, with or without its vendor; for a folder, what it stands for |
/// | `options` | optional, for SANE: a mapping of device options that are set before all others |
/// | `silence_seconds` | optional, for SANE: how long the device may give nothing, 90 if left out |
/// | `capture_seconds` | optional, for SANE: how long a whole capture may take, 7200 if left out |
public final class Scanners {
    private static final long FILE_MAX = 1 << 20;
    private static final int SECONDS_MAX = 7 * 24 * 3600;
    private static final Pattern ID = Pattern.compile("[0-9A-Za-z_-][0-9A-Za-z._-]{0,63}");
    private static final Set<String> KEYS = Set.of("address", "model", "options", "silence_seconds", "capture_seconds");

    private final Map<String, Scanner> scanners;

    private Scanners(Map<String, Scanner> scanners) {
        this.scanners = Collections.unmodifiableMap(scanners);
    }

    /// No scanner: every id is unknown.
    public static Scanners none() {
        return new Scanners(Map.of());
    }

    /// Reads the scanners' file.
    ///
    /// @param data the folder in which the locks lie (in `scanners`), and on whose disk pages are staged
    /// @throws IllegalArgumentException naming everything that is wrong in it
    public static Scanners read(Path file, Path data, InstantSource clock) throws IOException {
        if (Files.size(file) > FILE_MAX) {
            throw new IllegalArgumentException("The scanners' file " + file.getFileName() + " is longer than "
                    + FILE_MAX + " bytes. No scanner was loaded.");
        }
        return parse(Files.readString(file), data, clock);
    }

    /// Reads the same from a text.
    ///
    /// @throws IllegalArgumentException naming everything that is wrong in it
    public static Scanners parse(String text, Path data, InstantSource clock) {
        var wrong = new ArrayList<String>();
        var scanners = new TreeMap<String, Scanner>();
        var addresses = new HashMap<String, String>();
        for (var entry : mapping(text).properties()) {
            new Entry(entry.getKey(), entry.getValue(), data, clock, wrong, addresses).add(scanners);
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(
                    "The scanners' file can't be used: " + String.join("; ", wrong) + ". No scanner was loaded.");
        }
        return new Scanners(scanners);
    }

    /// @throws UnknownScanner naming those there are, or saying how to configure one
    public Scanner named(String id) {
        var scanner = scanners.get(id);
        if (scanner == null) {
            throw new UnknownScanner(id, scanners.keySet());
        }
        return scanner;
    }

    /// In alphabetical order.
    public List<Scanner> all() {
        return List.copyOf(scanners.values());
    }

    private static JsonNode mapping(String text) {
        try {
            var mapper = new YAMLMapper(YAMLFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build());
            var root = mapper.readTree(text);
            if (root.isObject() || root.isMissingNode() || root.isNull()) {
                return root;
            }
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "The scanners' file is not YAML: " + e.getOriginalMessage() + ". No scanner was loaded.", e);
        }
        throw new IllegalArgumentException("The scanners' file is no mapping. No scanner was loaded. Write"
                + " \"id: {address: ..., model: ...}\" for each scanner.");
    }

    private record Entry(
            String id,
            JsonNode said,
            Path data,
            InstantSource clock,
            List<String> wrong,
            Map<String, String> addresses) {
        void add(Map<String, Scanner> scanners) {
            int wrongBefore = wrong.size();
            if (!ID.matcher(id).matches()) {
                wrong("the id has to be 1 to 64 letters, digits, dots, underscores and hyphens");
            }
            for (var key : said.propertyNames()) {
                if (!KEYS.contains(key)) {
                    wrong("the key " + key + " is not known, known are "
                            + String.join(", ", KEYS.stream().sorted().toList()));
                }
            }
            var address = text("address");
            var model = text("model");
            var other = addresses.putIfAbsent(address, id);
            if (other != null && !address.isEmpty()) {
                wrong("has the same address as " + other);
            }
            var limits = CaptureLimits.USUAL.lasting(
                    seconds("silence_seconds", CaptureLimits.USUAL.silence()),
                    seconds("capture_seconds", CaptureLimits.USUAL.whole()));
            var options = options();
            var sane = SaneAddress.parse(address);
            if (sane.isEmpty() && !address.isEmpty() && !isFolder(address)) {
                wrong("the address is '" + address + "', expected was sane:host:port/device or folder:/path");
            }
            if (wrong.size() == wrongBefore) {
                scanners.put(
                        id,
                        sane.isPresent()
                                ? new SaneScanner(id, sane.get(), model, options, limits, data, clock)
                                : new WatchedFolder(id, folder(address), model, limits, data, clock));
            }
        }

        private static boolean isFolder(String address) {
            return address.startsWith("folder:/") && address.indexOf('\0') < 0;
        }

        private static Path folder(String address) {
            return Path.of(address.substring("folder:".length())).normalize();
        }

        private String text(String key) {
            var value = said.path(key);
            if (!value.isString() || value.stringValue().isBlank()) {
                wrong("the " + key + " is missing or no text");
                return "";
            }
            return value.stringValue().strip();
        }

        private Duration seconds(String key, Duration otherwise) {
            var value = said.path(key);
            if (value.isMissingNode()) {
                return otherwise;
            }
            double seconds = value.isNumber() ? value.doubleValue() : -1;
            if (!(seconds > 0 && seconds <= SECONDS_MAX)) {
                wrong("the " + key + " is " + value + ", expected were seconds above 0 up to " + SECONDS_MAX);
                return otherwise;
            }
            return Duration.ofMillis(Math.max(1, Math.round(seconds * 1000)));
        }

        /// In the order in which they are written, since one may make another settable.
        private Map<String, String> options() {
            var options = new LinkedHashMap<String, String>();
            for (var option : said.path("options").properties()) {
                if (option.getValue().isContainer() || option.getValue().isNull()) {
                    wrong("the option " + option.getKey() + " has no single value");
                } else {
                    options.put(option.getKey(), option.getValue().asString());
                }
            }
            return options;
        }

        private void wrong(String problem) {
            wrong.add(id + ": " + problem);
        }
    }
}
