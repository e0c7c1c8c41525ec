package dev.lovage.archive.image;

import dev.lovage.archive.image.Finding.Code;
import dev.lovage.archive.image.Tiff.Segments;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Compares the strips or tiles that a directory lists with its image and with the file.
final class SegmentCheck {
    /// 1 048 576 tiles of 256 x 256 pixels are 68 gigapixels.
    private static final int SEGMENTS_MAX = 1 << 20;

    private static final long ROWS_UNLIMITED = 0xffff_ffffL;

    /// @param plain whether the bytes of a segment follow from its size: uncompressed, and not YCbCr
    record Layout(long width, long height, List<Integer> bits, int samples, int planar, boolean plain) {
        int planes() {
            return planar == 2 ? Math.max(1, samples) : 1;
        }
    }

    private record Segment(int number, long offset, long bytes) {}

    private final Directory tags;
    private final Layout layout;
    private final Segments cut;
    private final String name;
    private final Findings findings;

    private SegmentCheck(Directory tags, Layout layout, Segments cut, Findings findings) {
        this.tags = tags;
        this.layout = layout;
        this.cut = cut;
        this.name = cut.tiled() ? "tile" : "strip";
        this.findings = findings;
    }

    static Segments check(Directory tags, Layout layout, int compression, Findings findings) throws IOException {
        var tiled = tags.entry(324).isPresent() || tags.entry(322).isPresent();
        var offsetsTag = tiled ? 324 : 273;
        var countsTag = tiled ? 325 : 279;
        var width = tiled ? tags.number(322, "TileWidth").orElse(0) : layout.width();
        var height = tiled
                ? tags.number(323, "TileLength").orElse(0)
                : tags.number(278, "RowsPerStrip").orElse(ROWS_UNLIMITED);
        if (!tiled && Long.compareUnsigned(height, layout.height()) > 0) {
            height = layout.height();
        }
        var counted = tags.entry(countsTag).map(Directory.Entry::count).orElse(0L);
        var claimed = tags.entry(offsetsTag).map(Directory.Entry::count).orElse(0L);
        var segments = new Segments(tiled, width, height, claimed, 0);
        if (claimed == 0 || counted == 0) {
            // the old JPEG compression may have its bytes in tag 513 instead
            if (compression != 6 || tags.entry(513).isEmpty()) {
                findings.error(
                        Code.TAG_MISSING,
                        tags.place() + ": the offsets (" + offsetsTag + ") or byte counts (" + countsTag + ") of the "
                                + (tiled ? "tiles" : "strips") + " are missing: the pixels can't be found.");
            }
            return segments;
        }
        if (claimed > SEGMENTS_MAX || counted > SEGMENTS_MAX) {
            findings.error(
                    Code.SEGMENT_COUNT,
                    tags.place() + " has " + Math.max(claimed, counted) + (tiled ? " tiles" : " strips") + "; at most "
                            + SEGMENTS_MAX + " are read. None of them was checked.");
            return segments;
        }
        var offsets = tags.numbers(offsetsTag, tiled ? "TileOffsets" : "StripOffsets", SEGMENTS_MAX);
        var counts = tags.numbers(countsTag, tiled ? "TileByteCounts" : "StripByteCounts", SEGMENTS_MAX);
        return new SegmentCheck(tags, layout, segments, findings).check(offsets, counts);
    }

    private Segments check(long[] offsets, long[] counts) {
        var listed = Math.min(offsets.length, counts.length);
        checkCount(offsets.length, counts.length);
        var total = 0L;
        var segments = new ArrayList<Segment>(listed);
        for (var i = 0; i < listed; i++) {
            segments.add(new Segment(i + 1, offsets[i], counts[i]));
            total = saturated(total, counts[i]);
        }
        if (listed > 0) {
            checkPlaces(segments);
            checkLengths(segments);
            checkOverlaps(segments);
        }
        return new Segments(cut.tiled(), cut.width(), cut.height(), cut.count(), total);
    }

    private void checkCount(int offsets, int counts) {
        if (offsets == 0 || counts == 0) {
            return; // the type was wrong, which was said
        }
        if (offsets != counts) {
            findings.error(
                    Code.SEGMENT_COUNT,
                    tags.place() + " lists " + offsets + " offsets and " + counts + " byte counts of " + name + "s.");
        }
        if (cut.width() <= 0 || cut.height() <= 0) {
            if (layout.width() > 0 && layout.height() > 0) {
                findings.error(
                        Code.SEGMENT_COUNT,
                        tags.place() + ": a " + name + " is said to have " + cut.width() + " x " + cut.height()
                                + " pixels.");
            }
            return;
        }
        var expected = Math.ceilDiv(layout.height(), cut.height()) * layout.planes();
        if (cut.tiled()) {
            expected = product(expected, Math.ceilDiv(layout.width(), cut.width()));
        }
        if (offsets < expected) {
            findings.error(
                    Code.SEGMENT_COUNT,
                    tags.place() + " lists " + offsets + " " + name + "s, and an image of " + layout.width() + " x "
                            + layout.height() + " pixels has " + expected + " of them.");
        } else if (offsets > expected) {
            findings.warning(
                    Code.SEGMENT_COUNT,
                    tags.place() + " lists " + offsets + " " + name + "s, and the image needs " + expected + ".");
        }
    }

    private void checkPlaces(List<Segment> segments) {
        var size = tags.source().bytes().size();
        var outside = segments.stream()
                .filter(segment -> !tags.source().bytes().has(segment.offset, segment.bytes))
                .toList();
        if (outside.isEmpty()) {
            return;
        }
        var first = outside.getFirst();
        var where = "at offset " + Long.toUnsignedString(first.offset) + " with " + Long.toUnsignedString(first.bytes)
                + " bytes, but the file has " + size + " bytes.";
        if (segments.stream().allMatch(segment -> segment.offset < 0 || segment.offset >= size)) {
            findings.error(
                    Code.NO_PIXELS,
                    tags.place() + " has no pixels: " + name + " 1 should lie " + where
                            + " A scanner that delivered no rows leaves such a file: scan again.");
        } else {
            findings.error(
                    Code.TRUNCATED,
                    tags.place() + ": " + outside.size() + " of " + segments.size() + " " + name
                            + "s reach over the end of the file. The first, " + name + " " + first.number
                            + ", should lie " + where + " The file was cut off: fetch or scan it again.");
        }
    }

    private void checkLengths(List<Segment> segments) {
        var missing = segments.stream()
                .filter(segment -> segment.bytes >= 0 && segment.bytes < least(segment.number - 1))
                .toList();
        if (!missing.isEmpty()) {
            var first = missing.getFirst();
            findings.error(
                    Code.SEGMENT_SHORT,
                    tags.place() + ": " + missing.size() + " of " + segments.size() + " " + name
                            + "s are too short for their rows. The first, " + name + " " + first.number
                            + " at offset " + Long.toUnsignedString(first.offset) + ", has " + first.bytes
                            + " bytes and needs " + least(first.number - 1) + ".");
        }
    }

    /// How many bytes a segment has at least; 1 if it is compressed.
    private long least(int index) {
        if (!layout.plain() || cut.width() <= 0 || cut.height() <= 0 || layout.width() <= 0 || layout.height() <= 0) {
            return 1;
        }
        var perPlane = cut.tiled()
                ? product(Math.ceilDiv(layout.width(), cut.width()), Math.ceilDiv(layout.height(), cut.height()))
                : Math.ceilDiv(layout.height(), cut.height());
        var plane = (int) Math.min(index / perPlane, layout.bits().size() - 1L);
        var rows = cut.tiled()
                ? cut.height()
                : Math.clamp(layout.height() - index % perPlane * cut.height(), 0, cut.height());
        var bits = layout.planar() == 2
                ? layout.bits().get(plane)
                : layout.bits().stream().mapToInt(Integer::intValue).sum();
        return product(Math.ceilDiv(product(cut.width(), bits), 8), rows);
    }

    private void checkOverlaps(List<Segment> segments) {
        var header = tags.source().headerBytes();
        var sorted = new ArrayList<>(segments);
        sorted.removeIf(segment -> segment.bytes <= 0 || segment.offset < 0);
        sorted.sort(Comparator.comparingLong(Segment::offset));
        var before = new Segment(0, 0, header);
        for (var segment : sorted) {
            if (segment.offset - before.offset < before.bytes) {
                findings.error(
                        Code.SEGMENT_OVERLAP,
                        tags.place() + ": " + name + " " + segment.number + " at offset " + segment.offset
                                + " lies over "
                                + (before.number == 0
                                        ? "the header of the file."
                                        : name + " " + before.number + " at offset " + before.offset + " with "
                                                + before.bytes + " bytes."));
                return;
            }
            before = segment;
        }
    }

    private static long saturated(long total, long bytes) {
        var sum = total + bytes;
        return bytes < 0 || sum < 0 ? Long.MAX_VALUE : sum;
    }

    /// The product of two numbers that are not negative, or the largest number.
    private static long product(long a, long b) {
        return Math.multiplyHigh(a, b) != 0 || a * b < 0 ? Long.MAX_VALUE : a * b;
    }
}
