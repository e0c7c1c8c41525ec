package dev.lovage.archive.image;

import dev.lovage.archive.image.Directory.Budget;
import dev.lovage.archive.image.Directory.Source;
import dev.lovage.archive.image.Finding.Code;
import dev.lovage.archive.image.Tiff.Image;
import dev.lovage.archive.image.Tiff.Origin;
import dev.lovage.archive.image.Tiff.Rational;
import dev.lovage.archive.image.Tiff.Resolution;
import dev.lovage.archive.image.Tiff.Variant;
import java.io.IOException;
import java.nio.ByteOrder;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.format.ResolverStyle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Walks the directories of one TIFF. Whatever the file claims, it reads at most 4096 directories, none twice, and
/// ends with what is readable.
///
/// @see <a href="https://www.itu.int/itudoc/itu-t/com16/tiff-fx/docs/tiff6.pdf">TIFF 6.0</a>
/// @see <a href="http://bigtiff.org/">BigTIFF</a>
final class TiffReader {
    private static final int DIRECTORIES_MAX = 4096;
    private static final int SUB_DIRECTORIES_MAX = 64;
    private static final int SAMPLES_LISTED_MAX = 64;
    private static final int PROFILE_BYTES_MAX = 16 << 20;
    private static final long VALUE_BYTES_MAX = 64L << 20;

    private static final DateTimeFormatter DATE_TIME =
            DateTimeFormatter.ofPattern("uuuu:MM:dd HH:mm:ss").withResolverStyle(ResolverStyle.STRICT);

    private final Source source;
    private final Variant variant;
    private final Findings findings = new Findings();
    private final Set<Long> seen = new HashSet<>();

    private TiffReader(Source source, Variant variant) {
        this.source = source;
        this.variant = variant;
    }

    static Tiff read(Bytes bytes) throws IOException {
        var magic = bytes.read(0, 4, ByteOrder.BIG_ENDIAN)
                .orElseThrow(() ->
                        new ImageUnreadable("This file has " + bytes.size() + " bytes, and a TIFF has at least 8."));
        var variant = switch (magic.getInt(0)) {
            case 0x49492a00, 0x4d4d002a -> Variant.TIFF;
            case 0x49492b00, 0x4d4d002b -> Variant.BIG_TIFF;
            default ->
                throw new ImageUnreadable(
                        "This file is no TIFF: it begins with the bytes %08x, and a TIFF with 49492a00, 4d4d002a, 49492b00 or 4d4d002b."
                                .formatted(magic.getInt(0)));
        };
        var order = magic.get(0) == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
        var source = new Source(bytes, order, variant == Variant.BIG_TIFF, new Budget());
        return new TiffReader(source, variant).read();
    }

    private Tiff read() throws IOException {
        var header = source.bytes()
                .read(4, source.headerBytes() - 4, source.order())
                .orElseThrow(() -> new ImageUnreadable("This TIFF ends within its header, after "
                        + source.bytes().size() + " bytes."));
        if (source.big() && (header.getShort(0) != 8 || header.getShort(2) != 0)) {
            throw new ImageUnreadable("This BigTIFF has positions that are not of 8 bytes; no program knows them.");
        }
        var next = source.big() ? header.getLong(4) : Integer.toUnsignedLong(header.getInt(0));
        var images = new ArrayList<Image>();
        while (next != 0 && !stop(next)) {
            var directory = Directory.read(source, "Directory " + (images.size() + 1), next, findings);
            if (directory.isEmpty()) {
                break;
            }
            images.add(image(directory.get(), true));
            next = directory.get().next();
        }
        if (images.isEmpty()) {
            throw new ImageUnreadable("This TIFF has no directory that can be read. "
                    + findings.list().stream().findFirst().map(Finding::message).orElse("Its header names none."));
        }
        var full = images.stream().filter(image -> !image.reduced()).count();
        if (full > 1) {
            findings.warning(
                    Code.MORE_IMAGES,
                    "The file has " + full + " images; a master has one, and reduced copies of it. The first one was"
                            + " taken.");
        }
        return new Tiff(variant, source.order(), source.bytes().size(), images, findings.list());
    }

    private boolean stop(long offset) {
        if (seen.size() == DIRECTORIES_MAX) {
            findings.error(
                    Code.TOO_MANY_DIRECTORIES,
                    "The file has more than " + DIRECTORIES_MAX + " directories. The others were not read.");
            return true;
        }
        if (!seen.add(offset)) {
            findings.error(
                    Code.DIRECTORY_LOOP,
                    "The chain of directories returns to offset " + Long.toUnsignedString(offset)
                            + ", where it was before. It was not followed again.");
            return true;
        }
        return false;
    }

    private Image image(Directory tags, boolean main) throws IOException {
        var reduced = (tags.number(254, "NewSubfileType").orElse(0) & 1) == 1
                || tags.number(255, "SubfileType").orElse(0) == 2;
        var width = size(tags, 256, "ImageWidth");
        var height = size(tags, 257, "ImageLength");
        var samples = tags.small(277, "SamplesPerPixel", 1);
        var bits = bitsPerSample(tags, samples);
        var compression = compression(tags);
        var photometric = tags.number(262, "PhotometricInterpretation");
        if (photometric.isEmpty()) {
            missing(tags, "PhotometricInterpretation (262)");
        }
        var planar = tags.small(284, "PlanarConfiguration", 1);
        if (planar != 1 && samples > 1) {
            findings.warning(
                    Code.PLANAR_CONFIGURATION,
                    tags.place() + ": PlanarConfiguration is " + planar + "; a master has 1, pixel by pixel.");
        }
        var orientation = tags.small(274, "Orientation", 1);
        if (orientation != 1) {
            findings.warning(
                    Code.ORIENTATION, tags.place() + ": Orientation is " + orientation + "; a master has 1, upright.");
        }
        var color = photometric.isPresent() && photometric.getAsLong() >= 2 && photometric.getAsLong() != 4;
        var profile = profile(tags, main && !reduced && color);
        var layout = new SegmentCheck.Layout(
                width, height, bits, samples, planar, compression == 1 && photometric.orElse(-1) != 6);
        var segments = SegmentCheck.check(tags, layout, compression, findings);
        checkOtherValues(tags);
        return new Image(
                tags.offset(),
                reduced,
                width,
                height,
                bits,
                samples,
                Arrays.stream(tags.numbers(338, "ExtraSamples", SAMPLES_LISTED_MAX))
                        .mapToObj(number -> (int) Math.clamp(number, 0, 0xffff))
                        .toList(),
                tags.small(339, "SampleFormat", 1),
                compression,
                photometric.isPresent()
                        ? OptionalInt.of((int) Math.clamp(photometric.getAsLong(), 0, 0xffff))
                        : OptionalInt.empty(),
                planar,
                orientation >= 1 && orientation <= 8 ? orientation : 1,
                resolution(tags, reduced || !main),
                profile,
                segments,
                origin(tags),
                main ? subImages(tags) : List.of());
    }

    private long size(Directory tags, int tag, String name) throws IOException {
        var value = tags.number(tag, name);
        if (value.isEmpty()) {
            missing(tags, name + " (" + tag + ")");
            return 0;
        }
        if (value.getAsLong() < 1 || value.getAsLong() > 0xffff_ffffL) {
            findings.error(
                    Code.NO_SIZE,
                    tags.place() + ": " + name + " is " + Long.toUnsignedString(value.getAsLong())
                            + "; an image has at least one pixel and at most 4294967295.");
            return 0;
        }
        return value.getAsLong();
    }

    private void missing(Directory tags, String name) {
        findings.error(Code.TAG_MISSING, tags.place() + ": tag " + name + " is missing, and every image needs it.");
    }

    private List<Integer> bitsPerSample(Directory tags, int samples) throws IOException {
        var values = tags.numbers(258, "BitsPerSample", SAMPLES_LISTED_MAX);
        var listed = Math.clamp(samples, 1, SAMPLES_LISTED_MAX);
        if (values.length == 0) {
            if (samples > 1) {
                findings.error(
                        Code.BITS_PER_SAMPLE,
                        tags.place() + ": BitsPerSample is missing for " + samples + " samples per pixel; 1 each was"
                                + " taken.");
            }
            values = new long[] {1};
        } else if (values.length < listed) {
            findings.warning(
                    Code.BITS_PER_SAMPLE,
                    tags.place() + ": BitsPerSample has " + values.length + " values for " + samples
                            + " samples per pixel. The first one was taken for all.");
        }
        if (Arrays.stream(values).anyMatch(bits -> bits < 1 || bits > 64)) {
            findings.error(
                    Code.BITS_PER_SAMPLE,
                    tags.place() + ": BitsPerSample is " + Arrays.toString(values) + "; 1 to 64 bits exist.");
        } else if (Arrays.stream(values).distinct().count() > 1) {
            findings.warning(
                    Code.BITS_PER_SAMPLE,
                    tags.place() + ": BitsPerSample is " + Arrays.toString(values)
                            + "; a master has the same for all samples.");
        }
        var bits = new ArrayList<Integer>();
        for (var i = 0; i < listed; i++) {
            bits.add((int) Math.clamp(values.length < listed ? values[0] : values[i], 0, 0xffff));
        }
        return bits;
    }

    private int compression(Directory tags) throws IOException {
        var compression = tags.small(259, "Compression", 1);
        var known = Compression.of(compression);
        if (known.isEmpty()) {
            findings.error(
                    Code.COMPRESSION,
                    tags.place() + ": Compression is " + compression + ", which is none that is known here.");
        } else if (!known.get().current()) {
            findings.warning(
                    Code.COMPRESSION,
                    tags.place() + ": Compression is " + compression + ", "
                            + known.get().label() + ", which was given up because programs read it differently.");
        }
        return compression;
    }

    private Optional<Resolution> resolution(Directory tags, boolean optional) throws IOException {
        var x = tags.rational(282, "XResolution");
        var y = tags.rational(283, "YResolution");
        if (x.isEmpty() || y.isEmpty()) {
            if (!optional) {
                findings.error(
                        Code.RESOLUTION_MISSING,
                        tags.place() + ": "
                                + (x.isPresent()
                                        ? "YResolution (283) is"
                                        : y.isPresent()
                                                ? "XResolution (282) is"
                                                : "XResolution (282) and YResolution (283) are")
                                + " missing: nobody can tell how large the original was.");
            }
            return Optional.empty();
        }
        if (!positive(x.get()) || !positive(y.get())) {
            findings.error(
                    Code.RESOLUTION,
                    tags.place() + ": the resolution is " + fraction(x.get()) + " by " + fraction(y.get())
                            + ", which is no number above 0.");
            return Optional.empty();
        }
        var code = tags.small(296, "ResolutionUnit", 2);
        var unit = switch (code) {
            case 2 -> Resolution.Unit.INCH;
            case 3 -> Resolution.Unit.CENTIMETRE;
            default -> Resolution.Unit.NONE;
        };
        if (unit == Resolution.Unit.NONE && !optional) {
            findings.warning(
                    Code.RESOLUTION,
                    tags.place() + ": ResolutionUnit is " + code + "; a master has 2 for inch or 3 for centimetre.");
        }
        if (x.get().value() != y.get().value() && !optional) {
            findings.warning(
                    Code.RESOLUTION,
                    tags.place() + ": the resolution is " + fraction(x.get()) + " by " + fraction(y.get())
                            + "; a master has the same along both axes.");
        }
        return Optional.of(new Resolution(x.get(), y.get(), unit));
    }

    private static boolean positive(Rational value) {
        return value.numerator() > 0 && value.denominator() > 0;
    }

    private static String fraction(Rational value) {
        return value.numerator() + "/" + value.denominator();
    }

    private Optional<IccProfile> profile(Directory tags, boolean expected) throws IOException {
        var profile = tags.whole(34675, "ICC profile", PROFILE_BYTES_MAX).map(IccProfile::of);
        if (profile.isPresent() && !profile.get().readable()) {
            findings.warning(
                    Code.PROFILE,
                    tags.place() + ": the ICC profile of " + profile.get().size()
                            + " bytes does not begin as a profile does.");
        } else if (expected && tags.entry(34675).isEmpty()) {
            findings.warning(
                    Code.PROFILE_MISSING,
                    tags.place() + ": the image is in colour and has no ICC profile (34675), so that its colours are"
                            + " a guess.");
        }
        return profile;
    }

    private Origin origin(Directory tags) throws IOException {
        var written = tags.text(306, "DateTime");
        Optional<LocalDateTime> dateTime = Optional.empty();
        if (written.isPresent()) {
            try {
                dateTime = Optional.of(LocalDateTime.parse(written.get(), DATE_TIME));
            } catch (DateTimeParseException e) {
                findings.warning(
                        Code.DATE_TIME,
                        tags.place() + ": DateTime is \"" + shortened(written.get())
                                + "\"; expected was a time written as YYYY:MM:DD HH:MM:SS.");
            }
        }
        return new Origin(
                tags.text(271, "Make"),
                tags.text(272, "Model"),
                tags.text(305, "Software"),
                tags.text(315, "Artist"),
                tags.text(270, "ImageDescription"),
                dateTime);
    }

    private static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 40) + "…";
    }

    /// Other programs read every value as a whole, known to them or not.
    private void checkOtherValues(Directory tags) {
        tags.entries().values().stream()
                .filter(entry -> entry.bytes() > VALUE_BYTES_MAX)
                .forEach(entry -> findings.error(
                        Code.VALUE_TOO_LARGE,
                        tags.place() + ": tag " + entry.tag() + " has " + entry.bytes() + " bytes, more than "
                                + VALUE_BYTES_MAX + ". Programs that read it as a whole may run out of memory."));
    }

    private List<Image> subImages(Directory tags) throws IOException {
        var images = new ArrayList<Image>();
        for (var offset : tags.numbers(330, "SubIFDs", SUB_DIRECTORIES_MAX)) {
            if (offset == 0 || stop(offset)) {
                continue;
            }
            var place = tags.place() + ", sub-directory " + (images.size() + 1);
            var directory = Directory.read(source, place, offset, findings);
            if (directory.isPresent()) {
                images.add(image(directory.get(), false));
            }
        }
        return images;
    }
}
