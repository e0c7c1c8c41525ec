package dev.lovage.archive.ocr;

import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageMetadata;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.awt.Rectangle;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.metadata.IIOMetadataNode;

/// Turns an image file into gray pixels.
///
/// TIFF, JPEG and PNG are decoded in Java, JPEG 2000 by Leptonica. Leptonica would read TIFF too, but knows no tiles,
/// and takes a TIFF that ends in the middle for a page whose lower half is blank; here that is an error.
///
/// An image is read in bands, so that the heap holds at most [#BAND_PIXELS] of them in their own depth.
final class PageDecoder {
    private static final int BAND_PIXELS = 16_000_000;
    private static final int TIFF_ORIENTATION = 274;
    private static final double MILLIMETRES_PER_INCH = 25.4;

    private final PageImage page;
    private final List<String> damages = new ArrayList<>();

    private PageDecoder(PageImage page) {
        this.page = page;
    }

    /// @throws PageUnreadable if the file is no whole image of a kind that is read, or is too large
    /// @throws IOException if the file can't be read from its disk, or isn't there
    static GrayPage decode(PageImage page) throws IOException {
        return new PageDecoder(page).decode();
    }

    private GrayPage decode() throws IOException {
        try {
            return switch (kind()) {
                case TIFF -> decode(new TIFFImageReaderSpi().createReaderInstance(null));
                case JPEG -> decode(ImageIO.getImageReadersByFormatName("jpeg").next());
                case PNG -> decode(ImageIO.getImageReadersByFormatName("png").next());
                case JPEG_2000 -> Jpeg2000.decode(page);
                case UNKNOWN -> throw new PageUnreadable(page.name(), "it is no TIFF, JPEG, PNG or JPEG 2000 image.");
            };
        } catch (PageUnreadable e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // Decoders say with the same exceptions that a disk fails and that a file is damaged.
            readToTheEnd(page.file());
            throw new PageUnreadable(page.name(), "it is damaged or cut off (" + e + ").", e);
        }
    }

    /// What the first bytes say.
    private enum Kind {
        TIFF,
        JPEG,
        PNG,
        JPEG_2000,
        UNKNOWN
    }

    private Kind kind() throws IOException {
        byte[] start;
        try (var in = Files.newInputStream(page.file())) {
            start = in.readNBytes(8);
        }
        if (startsWith(start, 'I', 'I', 42, 0) || startsWith(start, 'M', 'M', 0, 42)) {
            return Kind.TIFF;
        } else if (startsWith(start, 'I', 'I', 43, 0) || startsWith(start, 'M', 'M', 0, 43)) {
            return Kind.TIFF; // BigTIFF
        } else if (startsWith(start, 0xFF, 0xD8, 0xFF)) {
            return Kind.JPEG;
        } else if (startsWith(start, 0x89, 'P', 'N', 'G')) {
            return Kind.PNG;
        } else if (startsWith(start, 0, 0, 0, 12, 'j', 'P', ' ', ' ') || startsWith(start, 0xFF, 0x4F, 0xFF, 0x51)) {
            return Kind.JPEG_2000;
        }
        return Kind.UNKNOWN;
    }

    private static boolean startsWith(byte[] bytes, int... expected) {
        for (int i = 0; i < expected.length; i++) {
            if (i >= bytes.length || (bytes[i] & 0xFF) != expected[i]) {
                return false;
            }
        }
        return true;
    }

    private GrayPage decode(ImageReader reader) throws IOException {
        try (var in = ImageIO.createImageInputStream(page.file().toFile())) {
            reader.setInput(in, false, false);
            reader.addIIOReadWarningListener((source, warning) -> {
                if (isDamage(warning)) {
                    damages.add(warning);
                }
            });
            int images = reader.getNumImages(true);
            if (page.index() >= images) {
                throw new PageUnreadable(
                        page.name(),
                        "image " + page.index() + " was asked for, counted from 0, but it has " + images + ".");
            }
            GrayPage.checkSize(page.name(), reader.getWidth(page.index()), reader.getHeight(page.index()));
            var decoded = decodeBands(reader);
            if (!damages.isEmpty()) {
                decoded.close();
                throw new PageUnreadable(page.name(), "it is damaged or cut off (" + damages.getFirst() + ").");
            }
            return decoded;
        } finally {
            reader.dispose();
        }
    }

    /// libjpeg fills up what is missing with gray, and says so in a warning. Its other warnings are harmless.
    private static boolean isDamage(String warning) {
        return warning.contains("remature end") || warning.contains("Corrupt JPEG data");
    }

    private GrayPage decodeBands(ImageReader reader) throws IOException {
        int width = reader.getWidth(page.index());
        int height = reader.getHeight(page.index());
        var metadata = reader.getImageMetadata(page.index());
        var turn = Turn.of(orientation(metadata), width, height);
        var pixels = GrayPage.blank(turn.width(), turn.height(), dpi(metadata));
        try {
            int rows = Math.clamp(BAND_PIXELS / width, 1, height);
            for (int top = 0; top < height; top += rows) {
                var region = new Rectangle(0, top, width, Math.min(rows, height - top));
                var settings = reader.getDefaultReadParam();
                settings.setSourceRegion(region);
                var band = reader.read(page.index(), settings);
                var gray = Gray.of(page.name(), band);
                var row = new byte[width];
                for (int y = 0; y < region.height; y++) {
                    gray.row(y, row);
                    turn.put(row, top + y, pixels.pixels());
                }
            }
            return pixels;
        } catch (IOException | RuntimeException | Error e) {
            pixels.close();
            throw e;
        }
    }

    private static OptionalInt dpi(IIOMetadata metadata) {
        if (!metadata.isStandardMetadataFormatSupported()) {
            return OptionalInt.empty();
        }
        var tree = (IIOMetadataNode) metadata.getAsTree("javax_imageio_1.0");
        var sizes = tree.getElementsByTagName("VerticalPixelSize");
        if (sizes.getLength() == 0) {
            return OptionalInt.empty();
        }
        var millimetres = ((IIOMetadataNode) sizes.item(0)).getAttribute("value");
        try {
            return GrayPage.credible(MILLIMETRES_PER_INCH / Double.parseDouble(millimetres));
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }

    private static int orientation(IIOMetadata metadata) {
        if (metadata instanceof TIFFImageMetadata tiff) {
            var field = tiff.getTIFFField(TIFF_ORIENTATION);
            if (field != null && field.getValue() instanceof Number number) {
                return number.intValue();
            }
        }
        return 1;
    }

    /// @throws IOException if the disk, not the image, is at fault
    private static void readToTheEnd(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }
}
