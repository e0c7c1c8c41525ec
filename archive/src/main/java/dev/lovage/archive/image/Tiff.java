package dev.lovage.archive.image;

import dev.lovage.archive.image.Finding.Code;
import dev.lovage.archive.image.Finding.Severity;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDateTime;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;

/// What a TIFF 6.0 or BigTIFF file says of itself, and what is wrong with its structure. Only the directories and
/// the values of known tags are read, at most 64 MiB whatever the file claims; pixels are not. A flipped bit among
/// the pixels is therefore not found: that is what digests are for.
///
/// @param size of the file, in bytes
/// @param images the directories of the main chain in the order of the file, at least one
/// @param findings in the order they were found; at most 101
public record Tiff(Variant variant, ByteOrder byteOrder, long size, List<Image> images, List<Finding> findings) {
    /// What says nothing against decoding the pixels.
    private static final Set<Code> HARMLESS = EnumSet.of(Code.RESOLUTION, Code.RESOLUTION_MISSING, Code.PROFILE);

    /// Copies the lists.
    public Tiff {
        images = List.copyOf(images);
        findings = List.copyOf(findings);
        if (images.isEmpty()) {
            throw new IllegalArgumentException("A TIFF has one image or more.");
        }
    }

    /// Positions of 32 bits, or of 64.
    public enum Variant {
        TIFF("Tagged Image File Format", "6.0", "fmt/353"),
        BIG_TIFF("BigTIFF", "", "fmt/1917");

        private final String name;
        private final String version;
        private final String pronomId;

        Variant(String name, String version, String pronomId) {
            this.name = name;
            this.version = version;
            this.pronomId = pronomId;
        }

        /// The identifier of this format in PRONOM.
        public String pronomId() {
            return pronomId;
        }
    }

    /// One image file directory. Where a tag is missing, the default of the specification is given.
    ///
    /// @param offset of the directory in the file
    /// @param reduced whether this is a smaller copy of another image of the file
    /// @param width in pixels as stored, before {@link #orientation}; 0 if the tag is missing
    /// @param height in pixels as stored; 0 if the tag is missing
    /// @param bitsPerSample one for each sample of a pixel, at most 64
    /// @param extraSamples what the samples after the colours are: 0 unspecified, 1 and 2 alpha; at most 64
    /// @param sampleFormat 1 whole numbers, 2 signed ones, 3 floating point, 4 undefined
    /// @param compression the number in the file; {@link Compression} names it
    /// @param photometric the number in the file, empty if the tag is missing
    /// @param orientation 1 to 8
    /// @param resolution empty if it is missing or no number
    /// @param subImages those that tag SubIFDs points to, such as the levels of a pyramid; they have none
    public record Image(
            long offset,
            boolean reduced,
            long width,
            long height,
            List<Integer> bitsPerSample,
            int samplesPerPixel,
            List<Integer> extraSamples,
            int sampleFormat,
            int compression,
            OptionalInt photometric,
            int planarConfiguration,
            int orientation,
            Optional<Resolution> resolution,
            Optional<IccProfile> profile,
            Segments segments,
            Origin origin,
            List<Image> subImages) {
        /// Copies the lists.
        public Image {
            bitsPerSample = List.copyOf(bitsPerSample);
            extraSamples = List.copyOf(extraSamples);
            subImages = List.copyOf(subImages);
        }
    }

    /// How the pixels are cut into strips or tiles.
    ///
    /// @param width of a tile in pixels; the width of the image for strips
    /// @param height of a tile or a full strip in pixels
    /// @param count how many the file lists
    /// @param bytes of all of them, as the file claims
    public record Segments(boolean tiled, long width, long height, long count, long bytes) {}

    /// An unsigned fraction.
    public record Rational(long numerator, long denominator) {
        double value() {
            return (double) numerator / denominator;
        }
    }

    /// How many pixels lie on a unit of length. Both fractions are positive.
    public record Resolution(Rational x, Rational y, Unit unit) {
        private static final double CM_PER_INCH = 2.54;

        /// What the pixels are counted along.
        public enum Unit {
            NONE,
            INCH,
            CENTIMETRE
        }

        /// Pixels per inch along a row; empty if the file names no unit.
        public OptionalDouble xPerInch() {
            return perInch(x);
        }

        /// Pixels per inch along a column; empty if the file names no unit.
        public OptionalDouble yPerInch() {
            return perInch(y);
        }

        private OptionalDouble perInch(Rational value) {
            return switch (unit) {
                case NONE -> OptionalDouble.empty();
                case INCH -> OptionalDouble.of(value.value());
                case CENTIMETRE -> OptionalDouble.of(value.value() * CM_PER_INCH);
            };
        }
    }

    /// Who and what made the image. Texts are read as UTF-8 if they are, otherwise as ISO 8859-1, up to 64 KiB.
    ///
    /// @param dateTime as the device's clock showed it: the format knows no zone
    public record Origin(
            Optional<String> make,
            Optional<String> model,
            Optional<String> software,
            Optional<String> artist,
            Optional<String> description,
            Optional<LocalDateTime> dateTime) {}

    /// Reads the structure of a file.
    ///
    /// @throws ImageUnreadable if the file is no TIFF, or its first directory can't be read
    public static Tiff read(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return TiffReader.read(Bytes.of(channel));
        }
    }

    /// The first image: the master.
    public Image main() {
        return images.getFirst();
    }

    /// Whether nothing is wrong but what a warning covers.
    public boolean sound() {
        return findings.stream().noneMatch(finding -> finding.severity() == Severity.ERROR);
    }

    /// The first reason not to hand this file to a decoder.
    Optional<Finding> undecodable() {
        return findings.stream()
                .filter(finding -> finding.severity() == Severity.ERROR && !HARMLESS.contains(finding.code()))
                .findFirst();
    }

    public ImageFormat format() {
        return new ImageFormat(
                "image/tiff",
                variant.name,
                variant.version.isEmpty() ? Optional.empty() : Optional.of(variant.version),
                variant.pronomId,
                main().width() > 0 && main().height() > 0
                        ? Optional.of(new ImageFormat.Size(main().width(), main().height()))
                        : Optional.empty());
    }
}
