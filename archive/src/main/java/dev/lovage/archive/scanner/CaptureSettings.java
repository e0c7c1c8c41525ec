package dev.lovage.archive.scanner;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What a batch asks of a scanner. Exactly this is delivered, or the capture fails.
///
/// @param resolutionDpi pixels per inch in both directions, 50 to 6400
/// @param depth bits per sample: 1 for lineart, 8 or 16 for the others
/// @param regionMm what of the bed is scanned; without it, what the device scans when nobody says
/// @param pagesExpected images that come, 1 to 10 000: with `DUPLEX` two a sheet
/// @param scannerModel what the batch says the scanner is; compared with what the device says
public record CaptureSettings(
        int resolutionDpi,
        Mode mode,
        int depth,
        Source source,
        Optional<Region> regionMm,
        Optional<Integer> pagesExpected,
        Optional<String> scannerModel) {
    static final int RESOLUTION_MIN = 50;
    static final int RESOLUTION_MAX = 6400;
    static final int PAGES_MAX = 10_000;
    static final double REGION_MAX = 10_000;

    /// What one pixel tells.
    public enum Mode {
        /// Black or white.
        LINEART,
        GRAY,
        /// Red, green and blue.
        COLOR
    }

    /// Where the paper lies.
    public enum Source {
        FLATBED,
        /// The front sides of a stack.
        FEEDER,
        /// Both sides of a stack.
        DUPLEX;

        /// Whether paper moves.
        boolean feeds() {
            return this != FLATBED;
        }
    }

    /// A rectangle on the bed, in millimetres from its corner.
    public record Region(double left, double top, double width, double height) {}

    /// @throws BadCaptureSettings naming everything that is wrong
    public CaptureSettings {
        var wrong = new ArrayList<String>();
        if (resolutionDpi < RESOLUTION_MIN || resolutionDpi > RESOLUTION_MAX) {
            wrong.add("/resolution_dpi: found " + resolutionDpi + ", expected " + RESOLUTION_MIN + " to "
                    + RESOLUTION_MAX);
        }
        if (mode == Mode.LINEART ? depth != 1 : depth != 8 && depth != 16) {
            wrong.add("/depth: found " + depth + ", expected " + (mode == Mode.LINEART ? "1" : "8 or 16")
                    + " with the mode " + mode.name().toLowerCase(Locale.ROOT));
        }
        regionMm.ifPresent(region -> checkRegion(region, wrong));
        pagesExpected.ifPresent(pages -> {
            if (pages < 1 || pages > PAGES_MAX) {
                wrong.add("/pages_expected: found " + pages + ", expected 1 to " + PAGES_MAX);
            } else if (source == Source.FLATBED && pages != 1) {
                wrong.add("/pages_expected: found " + pages + ", expected 1: a flatbed gives one page a capture");
            }
        });
        if (scannerModel.isPresent() && scannerModel.get().isBlank()) {
            wrong.add("/scanner_model: found nothing, expected a name");
        }
        if (!wrong.isEmpty()) {
            throw new BadCaptureSettings(wrong);
        }
    }

    /// Reads the `settings` of a manifest: `resolution_dpi`, `mode` (`lineart`, `gray`, `color`), `depth`, and if
    /// wanted `source` (`flatbed`, which it is otherwise, `feeder`, `duplex`), `region_mm` (`left`, `top`, `width`,
    /// `height`), `pages_expected` and `scanner_model`.
    ///
    /// @throws BadCaptureSettings naming everything that is wrong
    public static CaptureSettings read(JsonNode settings) {
        return new CaptureSettingsReader(settings).read();
    }

    /// Images that come at least.
    int pagesAtLeast() {
        return pagesExpected.orElse(1);
    }

    private static void checkRegion(Region region, List<String> wrong) {
        checkLength("left", region.left(), true, wrong);
        checkLength("top", region.top(), true, wrong);
        checkLength("width", region.width(), false, wrong);
        checkLength("height", region.height(), false, wrong);
    }

    private static void checkLength(String name, double length, boolean zeroToo, List<String> wrong) {
        if (!(length >= 0 && length <= REGION_MAX) || length == 0 && !zeroToo) {
            wrong.add("/region_mm/" + name + ": found " + length + ", expected millimetres "
                    + (zeroToo ? "from 0" : "above 0") + " up to " + (int) REGION_MAX);
        }
    }

    /// Goes through all keys before it gives up, and puts a value that fits in the place of one that does not.
    private static final class CaptureSettingsReader {
        private static final Set<String> KEYS =
                Set.of("resolution_dpi", "mode", "depth", "source", "region_mm", "pages_expected", "scanner_model");
        private static final Set<String> REGION_KEYS = Set.of("left", "top", "width", "height");

        private final JsonNode settings;
        private final List<String> wrong = new ArrayList<>();

        CaptureSettingsReader(JsonNode settings) {
            this.settings = settings;
        }

        CaptureSettings read() {
            if (!settings.isObject()) {
                throw new BadCaptureSettings(List.of("/: found " + settings.getNodeType() + ", expected an object"));
            }
            knownKeys(settings, "/", KEYS);
            var resolution = whole("resolution_dpi");
            var mode = word("mode", Mode.class);
            var depth = whole("depth");
            var source = settings.path("source").isMissingNode()
                    ? Optional.of(Source.FLATBED)
                    : word("source", Source.class);
            var region = region();
            var pages = given("pages_expected") ? whole("pages_expected") : OptionalInt.empty();
            var model = model();
            try {
                var read = new CaptureSettings(
                        resolution.orElse(RESOLUTION_MIN),
                        mode.orElse(Mode.GRAY),
                        depth.orElse(mode.orElse(Mode.GRAY) == Mode.LINEART ? 1 : 8),
                        source.orElse(Source.FEEDER),
                        region,
                        pages.isPresent() ? Optional.of(pages.getAsInt()) : Optional.empty(),
                        model);
                if (wrong.isEmpty()) {
                    return read;
                }
            } catch (BadCaptureSettings e) {
                // What depends on a mode that could not be read says nothing.
                e.violations().stream()
                        .filter(one -> mode.isPresent() || !one.startsWith("/depth"))
                        .forEach(wrong::add);
            }
            throw new BadCaptureSettings(wrong);
        }

        private void knownKeys(JsonNode object, String at, Set<String> known) {
            for (var name : object.propertyNames()) {
                if (!known.contains(name)) {
                    wrong.add(at + name + ": is not known, expected one of "
                            + known.stream().sorted().collect(Collectors.joining(", ")));
                }
            }
        }

        private boolean given(String key) {
            return settings.hasNonNull(key);
        }

        private OptionalInt whole(String key) {
            var value = settings.path(key);
            if (value.isIntegralNumber() && value.canConvertToInt()) {
                return OptionalInt.of(value.intValue());
            }
            wrong.add("/" + key + ": found " + shown(value) + ", expected a whole number");
            return OptionalInt.empty();
        }

        private <E extends Enum<E>> Optional<E> word(String key, Class<E> type) {
            var value = settings.path(key);
            for (var constant : type.getEnumConstants()) {
                if (value.isString() && constant.name().equalsIgnoreCase(value.stringValue())) {
                    return Optional.of(constant);
                }
            }
            wrong.add("/" + key + ": found " + shown(value) + ", expected one of "
                    + Arrays.stream(type.getEnumConstants())
                            .map(constant -> constant.name().toLowerCase(Locale.ROOT))
                            .collect(Collectors.joining(", ")));
            return Optional.empty();
        }

        private Optional<Region> region() {
            if (!given("region_mm")) {
                return Optional.empty();
            }
            var region = settings.path("region_mm");
            if (!region.isObject()) {
                wrong.add("/region_mm: found " + shown(region) + ", expected left, top, width and height");
                return Optional.empty();
            }
            knownKeys(region, "/region_mm/", REGION_KEYS);
            return Optional.of(new Region(
                    length(region, "left", 0),
                    length(region, "top", 0),
                    length(region, "width", 1),
                    length(region, "height", 1)));
        }

        private double length(JsonNode region, String key, double instead) {
            var value = region.path(key);
            if (value.isNumber()) {
                return value.doubleValue();
            }
            wrong.add("/region_mm/" + key + ": found " + shown(value) + ", expected a number of millimetres");
            return instead;
        }

        private Optional<String> model() {
            if (!given("scanner_model")) {
                return Optional.empty();
            }
            var value = settings.path("scanner_model");
            if (!value.isString()) {
                wrong.add("/scanner_model: found " + shown(value) + ", expected a name");
                return Optional.empty();
            }
            return Optional.of(value.stringValue());
        }

        private static String shown(JsonNode value) {
            var text = value.isMissingNode() ? "nothing" : value.toString();
            return text.length() <= 80 ? text : text.substring(0, 80) + "…";
        }
    }
}
