package dev.lovage.archive.scanner;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Brings capture settings to a device's options, and reads all of them back when the last is set: a device may round
/// a value, and may change one when it is given another.
///
/// Devices name modes and sources in their own words, so the known ones are tried in turn. Numbers are sent as they
/// are; what the device makes of them is compared bit by bit.
final class SaneSetup {
    private static final Map<CaptureSettings.Mode, List<String>> MODES = Map.of(
            CaptureSettings.Mode.LINEART,
                    List.of("Lineart", "Black & White", "Black and White", "Binary", "Monochrome"),
            CaptureSettings.Mode.GRAY, List.of("Gray", "Grayscale", "Grey", "True Gray", "8-bit Grayscale"),
            CaptureSettings.Mode.COLOR, List.of("Color", "Colour", "24bit Color", "24-bit Color", "RGB", "True Color"));
    private static final Map<CaptureSettings.Source, List<String>> SOURCES = Map.of(
            CaptureSettings.Source.FLATBED, List.of("Flatbed", "FlatBed", "FB", "Normal", "Platen"),
            CaptureSettings.Source.FEEDER,
                    List.of(
                            "Automatic Document Feeder",
                            "ADF",
                            "ADF Front",
                            "ADF Simplex",
                            "Feeder",
                            "Automatic Document Feeder(left aligned)",
                            "Automatic Document Feeder(centrally aligned)"),
            CaptureSettings.Source.DUPLEX,
                    List.of(
                            "ADF Duplex",
                            "Duplex",
                            "Automatic Document Feeder(duplex)",
                            "Automatic Document Feeder(left aligned,Duplex)",
                            "Automatic Document Feeder(centrally aligned,Duplex)"));

    private final SaneConnection connection;
    private final CaptureSettings settings;
    private final Map<String, SaneOption> options = new LinkedHashMap<>();
    private final List<Step> steps = new ArrayList<>();

    /// How one setting went.
    ///
    /// @param check what a readiness report calls it
    /// @param asked and `given`, as people read it
    /// @param failure why the capture can't go on
    record Step(String check, String asked, String given, Optional<CaptureFailed> failure) {}

    /// A value that was sent, to be compared.
    private record Sent(String check, SaneOption option, SaneOption.Value value) {}

    private final List<Sent> sent = new ArrayList<>();

    SaneSetup(SaneConnection connection, CaptureSettings settings) {
        this.connection = connection;
        this.settings = settings;
    }

    /// @param extras options by their names on the device, set before all others
    /// @return a step for each extra option and each setting; nothing is thrown for what the device refuses
    List<Step> apply(Map<String, String> extras) throws IOException {
        load();
        for (var extra : extras.entrySet()) {
            attempt("option " + extra.getKey(), extra.getValue(), () -> extra(extra.getKey(), extra.getValue()));
        }
        attempt("source", settings.source().name(), this::source);
        attempt("mode", settings.mode().name(), this::mode);
        attempt("depth", settings.depth() + " bit", this::depth);
        attempt("resolution", settings.resolutionDpi() + " dpi", this::resolution);
        var region = settings.regionMm();
        if (region.isPresent()) {
            attempt("region", region.get().toString(), () -> region(region.get()));
        }
        for (var one : sent) {
            attempt(one.check(), one.option().shown(one.value()), () -> compare(one));
        }
        return steps;
    }

    /// All options that have a value now, in the device's words.
    Map<String, String> readBack() throws IOException {
        var values = new LinkedHashMap<String, String>();
        for (var option : options.values()) {
            if (option.readable() && !option.name().isEmpty()) {
                shown(option).ifPresent(value -> values.put(option.name(), value));
            }
        }
        return values;
    }

    /// A device that does not tell one of its other options is as good as any.
    private Optional<String> shown(SaneOption option) throws IOException {
        try {
            return Optional.of(option.shown(connection.value(option)));
        } catch (CaptureFailed refused) {
            if (refused.fault() == CaptureFault.UNSUPPORTED || refused.fault() == CaptureFault.INVAL) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    /// Width and height of the scanned area as the device has it now, in millimetres; empty if it does not tell.
    Optional<double[]> area() throws IOException {
        var edges = new ArrayList<Double>();
        for (var name : List.of("tl-x", "tl-y", "br-x", "br-y")) {
            var option = options.get(name);
            if (option == null || !option.readable() || option.unit() != SaneOption.Unit.MM) {
                return Optional.empty();
            }
            edges.add(option.number(connection.value(option)));
        }
        return Optional.of(new double[] {edges.get(2) - edges.get(0), edges.get(3) - edges.get(1)});
    }

    private interface Act {
        void act() throws IOException;
    }

    private void attempt(String check, String asked, Act act) throws IOException {
        try {
            act.act();
        } catch (CaptureFailed failure) {
            if (failure.kind() == CaptureFault.Kind.TRANSIENT || failure.fault() == CaptureFault.PROTOCOL) {
                throw failure; // nothing further can be asked
            }
            steps.add(new Step(check, asked, failure.fault().name(), Optional.of(failure)));
        }
    }

    private void load() throws IOException {
        options.clear();
        for (var option : connection.options()) {
            options.putIfAbsent(option.name(), option);
        }
    }

    private void extra(String name, String text) throws IOException {
        var option = options.get(name);
        if (option == null || !option.settable()) {
            throw unsupported("the option " + name + " of the scanners' file can't be set; it has "
                    + String.join(
                            ", ",
                            options.keySet().stream()
                                    .filter(one -> !one.isEmpty())
                                    .toList()));
        }
        var value = option.written(text)
                .orElseThrow(() -> unsupported(
                        "the option " + name + " does not take '" + text + "', it takes " + option.offered()));
        send("option " + name, option, value);
    }

    private void source() throws IOException {
        var option = options.get("source");
        if (option == null || !option.settable()) {
            if (settings.source() != CaptureSettings.Source.FLATBED) {
                throw unsupported("it has no feeder");
            }
            steps.add(new Step("source", "FLATBED", "the only one", Optional.empty()));
            return;
        }
        send(
                "source",
                option,
                new SaneOption.Value.Text(word(option, SOURCES.getOrDefault(settings.source(), List.of()))));
    }

    /// Without an option, the page itself tells its mode.
    private void mode() throws IOException {
        var option = options.get("mode");
        if (option == null || !option.settable()) {
            return;
        }
        var words = new ArrayList<>(MODES.getOrDefault(settings.mode(), List.of()));
        if (settings.mode() == CaptureSettings.Mode.LINEART) {
            words.addAll(MODES.getOrDefault(CaptureSettings.Mode.GRAY, List.of())); // with one bit it is the same
        }
        send("mode", option, new SaneOption.Value.Text(word(option, words)));
    }

    /// Without an option, the page itself tells its depth.
    private void depth() throws IOException {
        var option = options.get("depth");
        if (option == null) {
            option = options.get("bit-depth");
        }
        if (option != null && option.settable()) {
            number("depth", option, settings.depth());
        }
    }

    private void resolution() throws IOException {
        var option = options.containsKey("resolution") ? options.get("resolution") : options.get("x-resolution");
        if (option == null || !option.settable()) {
            throw unsupported("its resolution can't be set");
        }
        number("resolution", option, settings.resolutionDpi());
        var vertical = options.get("y-resolution");
        if (vertical != null && vertical.settable()) {
            number("resolution", vertical, settings.resolutionDpi());
        }
    }

    /// The far corner first: the near one is at most there.
    private void region(CaptureSettings.Region region) throws IOException {
        edge("br-x", region.left() + region.width());
        edge("br-y", region.top() + region.height());
        edge("tl-x", region.left());
        edge("tl-y", region.top());
    }

    private void edge(String name, double millimetres) throws IOException {
        var option = options.get(name);
        if (option == null || !option.settable() || option.unit() != SaneOption.Unit.MM) {
            throw unsupported("it takes no region in millimetres");
        }
        number("region", option, millimetres);
    }

    private void number(String check, SaneOption option, double number) throws IOException {
        send(
                check,
                option,
                option.number(number)
                        .orElseThrow(() -> CaptureFailed.because(
                                CaptureFault.ROUNDED_SETTING,
                                "The device has no " + option.name() + " of exactly " + number + "; it has "
                                        + option.offered() + ".")));
    }

    private static String word(SaneOption option, List<String> known) {
        for (var word : known) {
            for (var offered : option.texts()) {
                if (offered.equalsIgnoreCase(word)) {
                    return offered;
                }
            }
        }
        throw unsupported("its " + option.name() + " can't be what was asked for, it has " + option.offered());
    }

    private void send(String check, SaneOption option, SaneOption.Value value) throws IOException {
        sent.add(new Sent(check, option, value));
        if (connection.set(option, value)) {
            load();
        }
    }

    private void compare(Sent one) throws IOException {
        var option = options.getOrDefault(one.option().name(), one.option());
        if (!option.readable()) {
            throw unsupported("its " + option.name() + " can't be read back");
        }
        var given = connection.value(option);
        if (!given.equals(one.value())) {
            throw CaptureFailed.because(
                    CaptureFault.ROUNDED_SETTING,
                    "The device was asked for " + option.name() + " " + option.shown(one.value()) + " and gave "
                            + option.shown(given) + "; it has " + option.offered() + ".");
        }
        steps.add(new Step(one.check(), option.shown(one.value()), option.shown(given), Optional.empty()));
    }

    private static CaptureFailed unsupported(String found) {
        return CaptureFailed.because(CaptureFault.UNSUPPORTED, "The device can't do this: " + found + ".");
    }
}
