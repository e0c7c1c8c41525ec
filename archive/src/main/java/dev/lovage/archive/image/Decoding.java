package dev.lovage.archive.image;

import com.twelvemonkeys.imageio.plugins.jpeg.JPEGImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.awt.color.ColorSpace;
import java.awt.color.ICC_ColorSpace;
import java.awt.color.ICC_Profile;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.spi.IIORegistry;
import javax.imageio.spi.ImageReaderSpi;

/// Decodes the first image of a file into a picture that is small enough for any memory and large enough for any
/// thumbnail.
final class Decoding {
    private static final long RASTER_BYTES_MAX = 64L << 20;
    private static final long RASTER_PIXELS_MAX = 64L << 20;
    private static final long SIDE_MAX = 300_000;
    private static final long PIXELS_MAX = 1L << 32;
    private static final long PIXELS_UNSUSPICIOUS = 1L << 29;
    private static final long PIXELS_PER_BYTE_MAX = 1000;
    /// libjpeg holds the coefficients of such an image, up to 6 bytes a pixel, outside the heap.
    private static final long PROGRESSIVE_PIXELS_MAX = 50_000_000;

    /// @param profile of a format whose reader leaves it out
    private record Source(ImageReaderSpi provider, ImageFormat.Size size, int orientation, Optional<byte[]> profile) {}

    private Decoding() {}

    static Picture decode(Path file) throws IOException {
        var source = source(file);
        refuseBombs(source.size, Files.size(file));
        try (var input = new ChannelImageInput(file)) {
            var reader = source.provider.createReaderInstance();
            try {
                reader.setInput(input, true, true);
                return picture(reader, source);
            } catch (IOException e) {
                if (input.failure().isPresent()) {
                    throw input.failure().get();
                }
                throw damaged(e);
            } catch (RuntimeException | StackOverflowError e) {
                if (e instanceof ImageUnreadable unreadable) {
                    throw unreadable;
                }
                throw damaged(e);
            } finally {
                reader.dispose();
            }
        }
    }

    private static ImageUnreadable damaged(Throwable cause) {
        return new ImageUnreadable("The pixels of this image can't be decoded: " + cause.getMessage() + ".", cause);
    }

    private static Source source(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var bytes = Bytes.of(channel);
            var jpeg = JpegHeader.read(bytes);
            if (jpeg.isPresent()) {
                return jpeg(jpeg.get());
            }
            var png = PngHeader.read(bytes);
            if (png.isPresent()) {
                var size = known(png.get().format());
                return new Source(jdkPngProvider(), size, 1, png.get().profile());
            }
            if (Jp2Header.format(bytes).isPresent()) {
                throw new ImageUnreadable("This is a JPEG 2000 image, and thumbnails are made of TIFF, JPEG and PNG.");
            }
            return tiff(TiffReader.read(bytes));
        }
    }

    private static Source jpeg(JpegHeader header) {
        var size = known(header.format());
        if (header.progressive() && size.width() * size.height() > PROGRESSIVE_PIXELS_MAX) {
            throw new ImageUnreadable("This progressive JPEG has " + size.width() + " x " + size.height()
                    + " pixels. At most " + PROGRESSIVE_PIXELS_MAX
                    + " are decoded in this form, because all of them have to be held in memory.");
        }
        return new Source(provider(JPEGImageReaderSpi.class), size, header.orientation(), Optional.empty());
    }

    private static Source tiff(Tiff tiff) {
        var flaw = tiff.undecodable();
        if (flaw.isPresent()) {
            throw new ImageUnreadable(
                    "The structure of this TIFF is damaged. " + flaw.get().message());
        }
        // made here, because the JDK has a reader for TIFF too, which fails on 16 bits with a predictor
        return new Source(
                new TIFFImageReaderSpi(), known(tiff.format()), tiff.main().orientation(), Optional.empty());
    }

    private static ImageFormat.Size known(ImageFormat format) {
        return format.size()
                .orElseThrow(() -> new ImageUnreadable("This " + format.mediaType()
                        + " file does not say how large its image is: it is cut off or damaged."));
    }

    /// Named, because the JDK has a reader for JPEG too, which fails on CMYK.
    private static ImageReaderSpi provider(Class<JPEGImageReaderSpi> type) {
        var registry = IIORegistry.getDefaultInstance();
        var known = registry.getServiceProviderByClass(type);
        if (known != null) {
            return known;
        }
        // registration is what tells it of the JDK's reader, on which it is built
        var provider = new JPEGImageReaderSpi();
        registry.registerServiceProvider(provider, ImageReaderSpi.class);
        return provider;
    }

    private static ImageReaderSpi jdkPngProvider() {
        var providers = IIORegistry.getDefaultInstance()
                .getServiceProviders(
                        ImageReaderSpi.class,
                        spi -> spi.getClass().getName().equals("com.sun.imageio.plugins.png.PNGImageReaderSpi"),
                        false);
        if (!providers.hasNext()) {
            throw new IllegalStateException("This Java has no PNG reader.");
        }
        return providers.next();
    }

    private static void refuseBombs(ImageFormat.Size size, long bytes) {
        var pixels =
                size.width() <= SIDE_MAX && size.height() <= SIDE_MAX ? size.width() * size.height() : Long.MAX_VALUE;
        var claim = "This image claims " + size.width() + " x " + size.height() + " pixels";
        if (pixels > PIXELS_MAX) {
            throw new ImageUnreadable(claim + "; at most " + SIDE_MAX + " on a side and " + PIXELS_MAX
                    + " in all are decoded. Make its thumbnails by other means, or check where it comes from.");
        }
        if (pixels > PIXELS_UNSUSPICIOUS && pixels / PIXELS_PER_BYTE_MAX > bytes) {
            throw new ImageUnreadable(claim + " in a file of " + bytes + " bytes, more than " + PIXELS_PER_BYTE_MAX
                    + " a byte. No scan is so empty: check where it comes from.");
        }
    }

    private static Picture picture(ImageReader reader, Source source) throws IOException {
        // what the decoder is about to allocate counts, not what our own reading of the header says
        long width = reader.getWidth(0);
        long height = reader.getHeight(0);
        if (width != source.size.width() || height != source.size.height()) {
            throw new ImageUnreadable("The header of this image says " + source.size.width() + " x "
                    + source.size.height() + " pixels, and its decoder finds " + width + " x " + height + ".");
        }
        var parameters = reader.getDefaultReadParam();
        var types = reader.getImageTypes(0);
        var type = types.hasNext() ? types.next() : null;
        var step = step(width, height, type == null ? 8 : bytesPerPixel(type));
        parameters.setSourceSubsampling(step, step, 0, 0);
        var image = reader.read(0, parameters);
        var colors = source.profile
                .flatMap(bytes -> colorSpace(bytes, image))
                .orElseGet(() -> image.getColorModel().getColorSpace());
        return Rows.of(image, colors).reduced(source.size, source.orientation);
    }

    /// Every how many rows and columns one is decoded: as few as possible are left out.
    private static int step(long width, long height, int bytesPerPixel) {
        var step = 1;
        while (true) {
            var pixels = Math.ceilDiv(width, step) * Math.ceilDiv(height, step);
            if (pixels <= RASTER_PIXELS_MAX && pixels * bytesPerPixel <= RASTER_BYTES_MAX) {
                return step;
            }
            step++;
        }
    }

    private static int bytesPerPixel(ImageTypeSpecifier type) {
        var model = type.getSampleModel();
        return Math.max(1, model.getNumDataElements() * DataBuffer.getDataTypeSize(model.getDataType()) / 8);
    }

    private static Optional<ColorSpace> colorSpace(byte[] profile, BufferedImage image) {
        try {
            var colors = new ICC_ColorSpace(ICC_Profile.getInstance(profile));
            var fits = colors.getNumComponents() == image.getColorModel().getNumColorComponents();
            return fits ? Optional.of(colors) : Optional.empty();
        } catch (IllegalArgumentException e) { // no profile after all
            return Optional.empty();
        }
    }
}
