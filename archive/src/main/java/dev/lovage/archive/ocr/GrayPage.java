package dev.lovage.archive.ocr;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.OptionalInt;

/// A page's pixels outside of the heap: one byte each, 0 black to 255 white, row by row from the top, upright.
/// Closing it gives the memory back at once.
record GrayPage(Arena arena, ByteBuffer pixels, int width, int height, OptionalInt dpi) implements AutoCloseable {
    /// The most pixels of a page, an A2 sheet at 600 dpi. Each takes up to 6 bytes of native memory while it is read.
    static final int PIXELS_MAX = 140_000_000;
    /// Tesseract counts in 16 bits.
    static final int SIDE_MAX = 32_767;

    static GrayPage blank(int width, int height, OptionalInt dpi) {
        var arena = Arena.ofConfined();
        return new GrayPage(arena, arena.allocate((long) width * height).asByteBuffer(), width, height, dpi);
    }

    /// @throws PageUnreadable if there are none or more than are allowed
    static void checkSize(String page, int width, int height) {
        if (width < 1 || height < 1) {
            throw new PageUnreadable(page, "it has " + width + " × " + height + " pixels.");
        }
        if (width > SIDE_MAX || height > SIDE_MAX || (long) width * height > PIXELS_MAX) {
            throw new PageUnreadable(
                    page,
                    "it has " + width + " × " + height + " pixels, and at most " + PIXELS_MAX / 1_000_000
                            + " million are read, " + SIDE_MAX
                            + " a side. Make a smaller access image: 300 to 400 dpi are enough for text.");
        }
    }

    /// @return the value, or nothing if it is no resolution of a scan; many programs write 72 when they know none
    static OptionalInt credible(double dpi) {
        var rounded = Math.round(dpi);
        return rounded > 72 && rounded <= 2400 ? OptionalInt.of((int) rounded) : OptionalInt.empty();
    }

    @Override
    public void close() {
        arena.close();
    }
}
