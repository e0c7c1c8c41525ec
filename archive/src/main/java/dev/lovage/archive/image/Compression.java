package dev.lovage.archive.image;

import java.util.Arrays;
import java.util.Optional;

/// The compressions of TIFF that are in use, and those that were.
enum Compression {
    NONE(1, "Uncompressed", true),
    CCITT_1D(2, "CCITT 1D", true),
    GROUP_3(3, "CCITT Group 3", true),
    GROUP_4(4, "CCITT Group 4", true),
    LZW(5, "LZW", true),
    OLD_JPEG(6, "JPEG (old-style)", false),
    JPEG(7, "JPEG", true),
    DEFLATE(8, "Deflate", true),
    PACK_BITS(32773, "PackBits", true),
    OLD_DEFLATE(32946, "Deflate (old-style)", false),
    LERC(34887, "LERC", true),
    LZMA(34925, "LZMA", true),
    JPEG_2000(34712, "JPEG 2000", true),
    ZSTD(50000, "Zstandard", true),
    WEBP(50001, "WebP", true),
    JPEG_XL(50002, "JPEG XL", true);

    private final int code;
    private final String label;
    private final boolean current;

    Compression(int code, String label, boolean current) {
        this.code = code;
        this.label = label;
        this.current = current;
    }

    static Optional<Compression> of(int code) {
        return Arrays.stream(values()).filter(known -> known.code == code).findFirst();
    }

    /// What MIX is told.
    String label() {
        return label;
    }

    /// False if the method was given up for another.
    boolean current() {
        return current;
    }
}
