package dev.lovage.archive.image;

import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

final class Fixtures {
    static final List<String> GOOD = List.of(
            "sane-color-pattern-100dpi-rgb8.tif",
            "sane-grid-100dpi-rgb8.tif",
            "sane-grid-100dpi-gray16.tif",
            "sane-grid-100dpi-bilevel.tif",
            "sane-solid-white-100dpi-rgb8.tif",
            "good-structure-one-bit-flipped.tif",
            "lzw-rgb8.tif",
            "jpeg-in-tiff.tif",
            "bigtiff-rgb8.tif",
            "pyramid-tiled.tif",
            "with-srgb-icc.tif");

    static final List<String> BAD =
            List.of("bad-truncated.tif", "bad-zero-rows-222-bytes.tif", "no-resolution-tag.tif");

    private Fixtures() {}

    static Path file(String name) {
        try {
            return Path.of(Objects.requireNonNull(Fixtures.class.getResource(name), name)
                    .toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
